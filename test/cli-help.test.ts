// Parts: node
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { meant } from "../src/cli/customary.ts";
import { KEYS } from "../src/cli/help.ts";
import { likelyLine } from "../src/cli/likely-line.ts";
import { COMMANDS } from "../src/cli/program.ts";
import { VERSION_LINE } from "../src/version.ts";
import { runLanvid } from "./support/lanvid.ts";
import { Folder } from "./support/stand-in.ts";

// For a run of this file without `npm test`.
setDefaultTimeout(180_000);

test("what other programs know is understood: -h, help, help COMMAND, -V, -v, version", async () => {
  const run = async (...args: string[]) => {
    const { code, text, stderr } = await runLanvid(args);
    expect([code, stderr]).toEqual([0, ""]);
    return text;
  };
  const [root, serve] = await Promise.all([run("--help"), run("serve", "--help")]);

  expect(await Promise.all([run("-h"), run("help"), run()])).toEqual([root, root, root]);
  expect(await Promise.all([run("serve", "-h"), run("help", "serve")])).toEqual([serve, serve]);
  expect(new Set(await Promise.all([run("-V"), run("-v"), run("version")]))).toEqual(new Set([`${VERSION_LINE}\n`]));
  expect(root).toStartWith("Usage: lanvid ");
  expect(serve).toStartWith("Usage: lanvid serve ");
});

test("the help of serve has what matters, and says how to see the rest", async () => {
  const [short, whole, other] = await Promise.all(
    [
      ["serve", "--help"],
      ["serve", "--help", "all"],
      ["help", "serve", "--all"],
    ].map((args) => runLanvid(args)),
  );
  const options = (text = "") => text.match(/^ {2}--?\w/gm)?.length ?? 0;

  expect(options(short?.text)).toBeWithin(8, 13);
  expect(short?.text).toContain("lanvid serve --help all");
  expect(short?.text).not.toContain("--classic");
  expect(options(whole?.text)).toBeGreaterThan(25);
  expect(whole?.text).toContain("--classic-length");
  expect(other).toEqual(whole as never);
});

test("every help names the keys of the terminal, where there are any", async () => {
  const pages = await Promise.all(["serve", "watch", "push", "receive"].map((name) => runLanvid([name, "-h"])));

  expect(pages.map(({ text }) => /q quits, .*\? lists the keys/.test(text))).toEqual([true, true, true, true]);
});

test.each([
  [["film.mp4"], "lanvid serve film.mp4"],
  [["screen", "--fps", "5"], "lanvid serve screen --fps 5"],
  [["camera:1"], "lanvid serve camera:1"],
  [["-"], "lanvid serve -"],
  [["rtsp://10.0.0.9/stream"], "lanvid serve rtsp://10.0.0.9/stream"],
  [["10.0.0.4"], "lanvid watch 10.0.0.4"],
  [["studio:10060"], "lanvid watch studio:10060"],
  [["studio.local"], "lanvid watch studio.local"],
  [["fe80::1"], "lanvid watch fe80::1"],
  [["http://10.0.0.4:8080/"], "lanvid watch http://10.0.0.4:8080/"],
  [["lanvid://10.0.0.4"], "lanvid watch lanvid://10.0.0.4"],
])("of %j without a command it is said what was meant", (args, line) => {
  expect(() => meant(args, COMMANDS)).toThrow(
    expect.objectContaining({
      kind: "usage",
      message: `unknown command '${args[0]}'`,
      hint: `did you mean ${line}?`,
    }) as never,
  );
});

test("a file without a command is exit code 2, and what was meant is said", async () => {
  using folder = new Folder();
  folder.write("a film", "");

  const { code, text, stderr } = await runLanvid(["a film"], { cwd: folder.path });

  expect([code, text]).toEqual([2, ""]);
  expect(stderr).toBe(`lanvid: error: unknown command 'a film'\nlanvid: hint: did you mean lanvid serve "a film"?\n`);
});

test.each([
  ["watch 10.0.0.4 10060", "watch 10.0.0.4:10060"],
  ["watch studio --port 10060", "watch studio:10060"],
  ["watch --json fe80::1 -p 10060", "watch --json [fe80::1]:10060"],
  ["push 10.0.0.4 screen --port=10060", "push 10.0.0.4:10060 screen"],
  ["push 10.0.0.4 10060", "push 10.0.0.4:10060"],
  ["doctor 10.0.0.4 10060", "doctor 10.0.0.4:10060"],
  ["watch --host 10.0.0.4", "watch 10.0.0.4"],
  ["watch 10.0.0.4 --record film.mp4", "watch 10.0.0.4 --output film.mp4"],
  ["watch 10.0.0.4 -v", "watch 10.0.0.4 --verbose"],
  ["receive 10.0.0.4", "watch 10.0.0.4"],
  ["serve -i film.mp4 -p 80", "serve film.mp4 --port 80"],
])("%s: the right line is known", (typed, line) => {
  expect(likelyLine(typed.split(" "))).toBe(`lanvid ${line}`);
});

test("the right line is in the hint", async () => {
  const { code, stderr } = await runLanvid(["watch", "studio", "--port", "10060"]);

  expect([code, stderr.trim().split("\n")[1]]).toEqual([2, "lanvid: hint: did you mean lanvid watch studio:10060?"]);
});

test.each([
  "watch 10.0.0.4 --nonsense",
  // Which of the two ports?
  "watch 10.0.0.4:8 9",
  "watch 10.0.0.4 99999",
  "serve film.mp4 10060",
])("%s: nobody knows what was meant", (typed) => {
  expect(likelyLine(typed.split(" "))).toBe(null);
});

test("where nobody knows what was meant, the hint leads to the help", async () => {
  const { code, stderr } = await runLanvid(["watch", "10.0.0.4", "--nonsense"]);

  expect([code, stderr.split("\n")[1]]).toEqual([2, "lanvid: hint: run it with --help to see what there is"]);
});

test("-o is --output", async () => {
  const { code, stderr } = await runLanvid(["watch", "10.0.0.4", "-o", "film.avi"]);

  expect([code, stderr.split("\n")[0]]).toEqual([
    2,
    'lanvid: error: cannot write "film.avi": the name must end in .mp4, .mkv, .h264 or .mjpeg',
  ]);
});

test.each([
  ["serve", true],
  ["push", true],
  ["watch", false],
  ["receive", false],
  ["doctor", false],
  ["devices", false],
])("the help of %s lists sources: %p", async (command, isSender) => {
  const { text } = await runLanvid([command, "--help", "all"]);

  expect([text.includes("\nSources:"), text.includes(" -- ")]).toEqual([isSender, isSender]);
});

test.each(["serv", "studio", "--jsn"])("%p is no word that is taken for another", (word) => {
  expect(meant([word], COMMANDS).args).toEqual([word]);
});

test("a password in an address that is no command is not said again", async () => {
  const { code, text, stderr } = await runLanvid(["rtsp://me:geheim@10.0.0.9/", "--json"]);

  expect(code).toBe(2);
  expect(JSON.parse(text)).toMatchObject({ event: "end", code: 2, reason: "error" });
  expect(text + stderr).not.toContain("geheim");
});

test("help with what is no command is exit code 2", async () => {
  const { code, stderr } = await runLanvid(["help", "serv"]);

  expect(code).toBe(2);
  expect(stderr).toContain("there is no such command");
});

test("the list of commands has all of them", async () => {
  const { text } = await runLanvid(["--help"]);
  const listed = text.slice(text.indexOf("Commands:"), text.indexOf("More about")).matchAll(/^ {2}([\w|]+) /gm);

  expect([...listed].flatMap(([, names = ""]) => names.split("|")).sort()).toEqual([...COMMANDS].sort());
});

test("docs/states.md has the keys that are read in the terminal", async () => {
  const document = await Bun.file("docs/states.md").text();
  const section = document.slice(document.indexOf("In the terminal that runs the command:"));
  const rows = [...section.matchAll(/^\| `(.)`.*? \| (.*) \| (.*) \|$/gm)];
  const keysIn = (column: number) => rows.filter((row) => row[column] !== "–").map(([, key]) => key as string);
  const keysOf = (role: keyof typeof KEYS) => KEYS[role].map(([key]) => key as string);

  expect([keysOf("serve"), keysOf("receive")]).toEqual([keysIn(2), keysIn(2)]);
  expect([keysOf("push"), keysOf("watch")]).toEqual([keysIn(3), keysIn(3)]);
});

describe("npm start", () => {
  const start = async (...args: string[]) => {
    const child = Bun.spawn(["node", "scripts/start.mjs", ...args], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [text, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, text, errors };
  };

  test("with a command runs that one, and without any it streams", async () => {
    const watch = await start("watch", "127.0.0.1:1", "--no-retry", "--view", "none");
    const serve = await start("nofile.mp4");

    expect(watch).toMatchObject({ code: 6, errors: expect.stringContaining("cannot connect to 127.0.0.1:1") });
    expect(serve).toMatchObject({ code: 3, errors: expect.stringContaining("there is no such file") });
    expect((await start("--version")).text).toBe(`${VERSION_LINE}\n`);
  });

  test("knows every command", async () => {
    const source = await Bun.file("scripts/start.mjs").text();

    expect(source).toContain(`const COMMANDS = ${JSON.stringify(COMMANDS).replaceAll(",", ", ")};`);
  });
});
