import { expect, test } from "bun:test";
import { watchAddresses } from "../src/commands/address-watch.ts";
import { HandClock } from "./support/hand-clock.ts";

test("an address that the machine gets while it listens is told within two seconds, once", () => {
  const clock = new HandClock();
  const told: (readonly string[])[] = [];
  let addresses = ["127.0.0.1", "10.0.0.4"];
  using watch = watchAddresses(
    "::",
    (more) => told.push(more),
    () => addresses,
    clock,
  );

  addresses = ["127.0.0.1", "127.0.0.2", "192.168.1.7"];
  clock.advance(2000);
  addresses = ["10.0.0.4"];
  clock.advance(2000);
  addresses = ["10.0.0.4", "192.168.1.7", "192.168.1.8"];
  clock.advance(2000);
  watch[Symbol.dispose]();
  addresses = ["10.0.0.9"];
  clock.advance(60_000);

  expect(told).toEqual([["192.168.1.7"], ["192.168.1.8"]]);
  expect(clock.waiting).toBe(0);
});
