import { expect, test } from "bun:test";

const PAGE = `${import.meta.dir}/../src/page`;
const TAGS: Readonly<Record<string, string>> = {
  HTMLCanvasElement: "canvas",
  HTMLVideoElement: "video",
  HTMLButtonElement: "button",
};

test("the page has the elements that a view of a stream touches", async () => {
  const script = await Bun.file(`${PAGE}/elements.ts`).text();
  const html = await Bun.file(`${PAGE}/index.html`).text();
  const tags = new Map([...html.matchAll(/<(\w+) id="([\w-]+)"/g)].map(([, tag, id]) => [id, tag]));
  const elements = [...script.matchAll(/^ {2}readonly (\w+): (HTML\w*Element);$/gm)]
    .map(([, name = "", type = ""]) => ({ id: name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), type }))
    .filter(({ id }) => id !== "root");

  const wrong = elements.filter(({ id, type }) => !tags.has(id) || ![undefined, tags.get(id)].includes(TAGS[type]));

  expect(wrong).toEqual([]);
  expect(elements.length).toBeGreaterThan(20);
});
