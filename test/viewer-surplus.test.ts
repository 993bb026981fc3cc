import { expect, test } from "bun:test";
import { surplus } from "../src/access/surplus.ts";

function items(...addresses: readonly string[]) {
  return addresses.map((address, age) => ({ address, age }));
}

test("nobody is too many as long as all fit", () => {
  expect(surplus(items("a", "a", "b"), 3)).toEqual([]);
});

test("the oldest of the address that has most go, the others stay", () => {
  const gone = surplus(items("b", "a", "a", "a", "a", "b"), 4);

  expect(gone).toEqual([
    { address: "a", age: 1 },
    { address: "a", age: 2 },
  ]);
});

test.each([0, 1, 2, 5, 7, 10])("as many stay as may, %i", (max) => {
  const all = items(..."aaaaaaabbbccd");

  expect(all.length - surplus(all, max).length).toBe(max);
});
