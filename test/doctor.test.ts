import { describe, expect, test } from "bun:test";
import { describeFinding } from "../src/cli/doctor.ts";
import { rendered } from "../src/cli/style.ts";
import { conclude } from "../src/doctor/conclusion.ts";
import { camerasFinding, displayFinding, screensFinding, viewFinding } from "../src/doctor/devices.ts";
import { encodersFinding } from "../src/doctor/encoders.ts";
import { fail } from "../src/doctor/finding.ts";
import { firewallFinding } from "../src/doctor/firewall.ts";
import { roundTripFinding, throughputFinding } from "../src/doctor/measured.ts";
import { addressesFinding } from "../src/doctor/network.ts";
import { addressFinding, connectHint, lookupHint, strangerFinding } from "../src/doctor/other-side.ts";
import { concludeOtherSide } from "../src/doctor/other-side-conclusion.ts";
import { markedProgram } from "../src/doctor/software.ts";
import { nameStranger } from "../src/doctor/stranger.ts";
import { LanvidError } from "../src/errors.ts";
import { parseEncoders } from "../src/ffmpeg/encoders.ts";

const CAMERA = { path: "/dev/video0", name: "C920", source: "camera:0" };
const OTHER = { path: "/dev/video2", name: "Brio", source: "camera:2" };
const PLAIN = { columns: null };
const IN_TERMINAL = { TERM_PROGRAM: "Apple_Terminal" };

describe("macOS", () => {
  test("is known by what it answers to a program without leave for the local network", () => {
    const error = new LanvidError("cannot-connect", "connection", "no", { cause: { code: "EHOSTUNREACH" } });

    const hint = connectHint(error, "192.168.1.20", "darwin", IN_TERMINAL);

    expect(hint).toBe("allow Terminal in System Settings > Privacy & Security > Local Network, then start it again");
    expect(connectHint(error, "8.8.8.8", "darwin", IN_TERMINAL)).not.toContain("Local Network");
    expect(connectHint(error, "192.168.1.20", "linux", {})).toContain("same network");
  });

  test("hides cameras and screens in silence, which is said with both", () => {
    const cameras = camerasFinding([CAMERA], [], "darwin", IN_TERMINAL);
    const screen = { id: "Capture screen 0", name: "Capture screen 0", source: "screen:0", size: null };
    const screens = screensFinding([screen], "darwin", { TERM_PROGRAM: "unheard-of" });

    expect(cameras).toMatchObject({ status: "ok", detail: "camera:0 C920" });
    expect(cameras.hint).toContain("allow Terminal in System Settings > Privacy & Security > Camera");
    expect(screens).toMatchObject({ status: "ok", detail: "screen:0 Capture screen 0" });
    expect(screens.hint).toContain("allow the program that lanvid is started from");
  });

  test("and Windows hold a download's origin against it", () => {
    expect(markedProgram("lanvid", "darwin", "/a b/lanvid")).toMatchObject({
      status: "warn",
      hint: 'run: xattr -d com.apple.quarantine "/a b/lanvid"',
    });
    expect(markedProgram("lanvid", "win32", "C:\\lanvid.exe")).toMatchObject({
      status: "warn",
      hint: 'run in PowerShell: Unblock-File "C:\\lanvid.exe"',
    });
  });
});

describe("a camera", () => {
  test.each([
    ["that is not there is a warning", [], [], "warn", "none found"],
    ["that may not be opened is a failure", [CAMERA], [CAMERA], "fail", "camera:0 C920; not allowed to open C920"],
    ["among others that may not be opened", [CAMERA, OTHER], [OTHER], "warn", "not allowed to open Brio"],
    ["is named with its word", [CAMERA, OTHER], [], "ok", "camera:0 C920, camera:2 Brio"],
  ] as const)("%s", (_what, cameras, denied, status, detail) => {
    const finding = camerasFinding(cameras, denied, "linux", {});

    expect(finding.status).toBe(status);
    expect(finding.detail).toContain(detail);
    expect(finding.hint === null).toBe(status === "ok");
  });
});

describe("a screen", () => {
  test("is named with its word and size", () => {
    const screen = { id: "eDP-1", name: "eDP-1", source: "screen:0", size: { width: 1920, height: 1080 } };

    expect(screensFinding([screen], "linux", {}).detail).toBe("screen:0 eDP-1 1920×1080");
  });

  test.each([
    [":0", ["/tmp/.X11-unix/X0"], "ok"],
    ["unix:1.0", ["/tmp/.X11-unix/X1"], "ok"],
    [":7", ["/tmp/.X11-unix/X0"], "warn"],
    ["elsewhere:0", [], "ok"],
  ])("at %s with %j is %s", (display, sockets, status) => {
    expect(displayFinding(display, (path) => sockets.includes(path)).status).toBe(status as "ok");
  });
});

test.each([
  ["no display", null, null, "warn", "neither a window nor a browser: it has gone"],
  ["no xdg-open", "xdg-open", null, "warn", "xdg-open is not installed"],
  ["all there", "xdg-open", "/opt/xdg-open", "ok", "watch opens its page in a browser, with /opt/xdg-open"],
])("the view with %s", (_what, opener, path, status, detail) => {
  const finding = viewFinding({ opener, path, why: "it has gone", hasFfmpeg: true }, {});

  expect(finding.status).toBe(status as "ok");
  expect(finding.detail).toContain(detail);
});

describe("the firewall's hint names the command of the system", () => {
  const facts = { ports: [10050, 8080], program: "/opt/lanvid", isUfwOn: false, isFirewalldOn: false };

  test.each([
    ["linux", {}, "ok", null],
    ["linux", { isUfwOn: true }, "warn", "sudo ufw allow 10050/tcp && sudo ufw allow 8080/tcp"],
    ["linux", { isFirewalldOn: true }, "warn", "sudo firewall-cmd --add-port=10050/tcp --add-port=8080/tcp"],
    [
      "win32",
      {},
      "ok",
      "netsh advfirewall firewall add rule name=lanvid dir=in action=allow protocol=TCP localport=10050,8080",
    ],
    ["darwin", {}, "ok", 'socketfilterfw --add "/opt/lanvid"'],
  ] as const)("%s %j", (platform, on, status, hint) => {
    const finding = firewallFinding({ platform, ...facts, ...on });

    expect(finding.status).toBe(status);
    expect(finding.hint ?? "").toContain(hint ?? "");
    expect(finding.hint === null).toBe(hint === null);
  });
});

test.each([
  ["SSH-2.0-OpenSSH_9.2p1\r\n", 'an SSH server ("SSH-2.0-OpenSSH_9.2p1")'],
  ["HTTP/1.1 404 Not Found\r\nServer: nginx/1.22\r\n\r\n", 'a web server ("nginx/1.22")'],
  ["HTTP/1.0 200 OK\r\n\r\n", "a web server"],
  ["RFB 003.008\n", 'a VNC server ("RFB 003.008")'],
  ["220 mail.example ESMTP\r\n", 'a program that says "220 mail.example ESMTP"'],
  ["\x15\x03\x01\x00\x02\x02\x46", "a TLS server"],
  ["\x00\x00\x00\x05\x80\x04]", "a classic Python sender"],
  ["\xff\xfe\x00\x01", "a program of another kind (its first bytes are ff fe 00 01)"],
  ["", "a program that says nothing"],
  ["SSH-2.0-\x1b]0;owned\x07\x9b2J\n", 'an SSH server ("SSH-2.0- ]0;owned ›2J")'],
  ["HTTP/1.1 200 OK\r\nServer: \x1b]52;c;ZXZpbA==\x07\r\n\r\n", 'a web server (" ]52;c;ZXZpbA== ")'],
])("a stranger that says %j is %s", (said, what) => {
  const bytes = Uint8Array.from(said, (letter) => letter.charCodeAt(0));

  expect(nameStranger(bytes)).toMatchObject({ isLanvid: false, what });
});

test("a peer that closes without a word may be a lanvid that turns us away", () => {
  const finding = strangerFinding("a:1", nameStranger(new Uint8Array(0)), { hasClosed: true });

  expect(finding).toMatchObject({ status: "fail", detail: "a:1 closed the connection without a word" });
  expect(finding.hint).toContain("--public");
});

describe("the way to a peer", () => {
  const good = {
    frames: 62,
    dropped: 0,
    fps: 30,
    mbps: 14.23,
    delayMs: 23.4,
    busy: 0.4,
    picture: "1280×720 H.264",
    error: null,
  };

  test("is good, slow or dead by its round trip", () => {
    expect([0.4, 80, null].map((ms) => roundTripFinding(ms).status)).toEqual(["ok", "warn", "fail"]);
    expect(roundTripFinding(0.42).detail).toBe("0.4 ms");
  });

  test("is good, too slow or without a picture by its throughput", () => {
    const found = [good, { ...good, dropped: 20 }, { ...good, frames: 0, error: "the camera is used" }].map(
      throughputFinding,
    );

    expect(found.map(({ status }) => status)).toEqual(["ok", "warn", "fail"]);
    expect(found[0]?.detail).toBe("30.0 fps, 14.2 Mbit/s, 1280×720 H.264, delay 23 ms, 0 dropped");
    expect(found[2]?.detail).toBe("no picture came: the camera is used");
  });

  test("is not what is too slow when this machine is busy", () => {
    const hints = [0.4, 0.97].map((busy) => throughputFinding({ ...good, dropped: 20, busy }).hint);

    expect(hints[0]).toStartWith("the link or the machine there is too slow: use a cable");
    expect(hints[1]).toBe("this machine's processors are 97 % busy: end other programs here, and try again");
  });

  test("leads out of the local network with a warning", () => {
    expect(addressFinding("x", ["8.8.8.8"])).toMatchObject({
      status: "warn",
      hint: expect.stringContaining("--public"),
    });
    expect(addressFinding("x", ["8.8.8.8", "10.0.0.4"]).status).toBe("ok");
  });

  test("by a name in .local needs mDNS", () => {
    expect(lookupHint("studio.local")).toContain("mDNS");
    expect(lookupHint("studio")).not.toContain("mDNS");
  });
});

test("encoders are read from ffmpeg's list, after its legend", () => {
  const text =
    "Encoders:\n V..... = Video\n .F.... = Frame-level multithreading\n ------\n V....D libx264              libx264 H.264\n" +
    " VFS..D mjpeg                MJPEG\n V....D h264_vaapi           H.264/AVC (VAAPI)\n A....D aac                  AAC\n";

  expect(parseEncoders(text)).toEqual(["libx264", "mjpeg", "h264_vaapi"]);
});

describe("encoders", () => {
  const WORKS = { works: true, reason: null };
  const tried = (name: string, reason: string | null = null) => ({ name, works: reason === null, reason });
  const NVENC = tried("h264_nvenc", "Cannot load libcuda.so.1");
  const VAAPI = tried("h264_vaapi", "No VA display found for device /dev/dri/renderD128.");

  test.each([
    [
      "that lack their hardware",
      [tried("libx264"), NVENC, VAAPI],
      "ok",
      "H.264 is encoded by libx264; h264_nvenc, h264_vaapi: compiled in, no such hardware here",
    ],
    [
      "that work beside it",
      [tried("libx264"), { name: "h264_nvenc", ...WORKS }],
      "ok",
      "H.264 is encoded by libx264, h264_nvenc (with --encoder)",
    ],
    [
      "whose driver is broken",
      [tried("libx264"), tried("h264_qsv", "no frame within 5 s"), NVENC],
      "ok",
      "H.264 is encoded by libx264; h264_qsv does not work: no frame within 5 s; " +
        "h264_nvenc: compiled in, no such hardware here",
    ],
    [
      "in hardware only",
      [{ name: "h264_nvenc", ...WORKS }],
      "warn",
      "H.264 is encoded only on request, by h264_nvenc; JPEG otherwise",
    ],
    [
      "none of which works",
      [tried("libx264", "Illegal instruction"), NVENC],
      "warn",
      "JPEG only: no H.264 encoder works here; libx264 does not work: Illegal instruction; " +
        "h264_nvenc: compiled in, no such hardware here",
    ],
    ["that are not there", [], "warn", "JPEG only: no H.264 encoder works here"],
  ])("%s are told", (_what, encoders, status, detail) => {
    const finding = encodersFinding(["mjpeg"], encoders);

    expect(finding).toMatchObject({ status, detail, encoders });
    expect(finding.hint === null).toBe(status === "ok");
  });

  test("without JPEG would not work", () => {
    expect(encodersFinding(["libx264"], [tried("libx264")]).status).toBe("fail");
  });
});

describe("the conclusion", () => {
  const CHECKS = "program cache ffmpeg encoders cameras screens view drawing port http addresses firewall".split(" ");
  type Statuses = Readonly<Record<string, "warn" | "fail">>;
  const findings = (statuses: Statuses) =>
    CHECKS.map((check) => ({
      check,
      group: "machine" as const,
      status: statuses[check] ?? ("ok" as const),
      detail: "x",
      hint: null,
    }));
  const ALL = { hasCamera: true, hasH264: true };
  const BARE = { hasCamera: false, hasH264: true };

  test.each<[Statuses, typeof ALL, string]>([
    [{}, ALL, "This machine can stream its camera, its screen, files and the test pattern, and watch."],
    [
      { cameras: "warn", screens: "warn" },
      BARE,
      "This machine can stream files and the test pattern, and watch; no camera, no screen.",
    ],
    [
      { screens: "warn", view: "warn", encoders: "warn" },
      { hasCamera: true, hasH264: false },
      "This machine can stream its camera, files and the test pattern, and watch; no screen, no H.264, no window.",
    ],
    [{ ffmpeg: "fail" }, ALL, "This machine can watch. It cannot stream: see the line with FAIL (ffmpeg)."],
    [
      { encoders: "fail", port: "fail", drawing: "warn" },
      ALL,
      "This machine can watch; no window. It cannot stream: see the 2 lines with FAIL (encoders, port).",
    ],
    [
      { port: "fail" },
      ALL,
      "This machine can send its camera, its screen, files and the test pattern to another, and watch. " +
        "It cannot serve: see the line with FAIL (port).",
    ],
    [
      { cameras: "fail", http: "fail" },
      BARE,
      "This machine can send its screen, files and the test pattern to another, and watch; no camera. " +
        "It cannot serve, or open its camera: see the 2 lines with FAIL (cameras, http).",
    ],
    [
      { addresses: "warn", firewall: "warn" },
      ALL,
      "This machine can stream its camera, its screen, files and the test pattern, and watch. " +
        "It is on no network: it can reach only itself. Its firewall may keep others out.",
    ],
    [
      { addresses: "fail", port: "fail" },
      ALL,
      "This machine can neither stream nor watch: see the 2 lines with FAIL (port, addresses).",
    ],
  ])("of %j", (statuses, abilities, detail) => {
    const status = Object.values(statuses).includes("fail") ? "fail" : "ok";

    expect(conclude(findings(statuses), abilities)).toEqual({
      check: "conclusion",
      group: "machine",
      status,
      detail,
      hint: null,
    });
  });

  const ADDRESS = { host: "10.0.0.4", port: 10_050 };
  const OUTCOME = { address: ADDRESS, failed: null, isReceiver: false, throughput: null };
  const FLOWING = {
    frames: 62,
    dropped: 0,
    fps: 29.97,
    mbps: 4,
    delayMs: 12.4,
    busy: 0.4,
    picture: "1280×720 H.264",
    error: null,
  };

  test.each([
    [{ ...OUTCOME, throughput: FLOWING }, "ok", "10.0.0.4 can be watched from here: 1280×720 H.264, 30 fps, 12 ms."],
    [
      { ...OUTCOME, throughput: { ...FLOWING, delayMs: null, picture: "512×128 pixels" } },
      "ok",
      "10.0.0.4 can be watched from here: 512×128 pixels, 30 fps.",
    ],
    [
      { ...OUTCOME, throughput: { ...FLOWING, dropped: 20 } },
      "ok",
      "10.0.0.4 can be watched from here: 1280×720 H.264, 30 fps, 12 ms, but 20 of 82 pictures were dropped.",
    ],
    [{ ...OUTCOME, isReceiver: true }, "ok", '10.0.0.4 is waiting for a sender: "lanvid push 10.0.0.4" streams to it.'],
    [
      { ...OUTCOME, failed: fail("tcp", "cannot connect to 10.0.0.4:10050: the machine does not answer") },
      "fail",
      "10.0.0.4 cannot be watched from here: the machine does not answer.",
    ],
    [
      { ...OUTCOME, failed: fail("handshake", "10.0.0.4:10050 is not lanvid but an SSH server") },
      "fail",
      "10.0.0.4 cannot be watched from here: it is not lanvid but an SSH server.",
    ],
  ] as const)("of the other side, case %#", (outcome, status, detail) => {
    expect(concludeOtherSide(ADDRESS, outcome)).toEqual({
      check: "conclusion",
      group: "other-side",
      status,
      detail,
      hint: null,
    });
  });
});

test("a machine without a network is told", () => {
  expect(addressesFinding([], { reachesItself: true })).toMatchObject({
    status: "warn",
    detail: "this machine is on no network",
  });
  expect(addressesFinding([], { reachesItself: false })).toMatchObject({
    status: "fail",
    detail: "this machine is on no network, and does not even reach itself",
  });
});

test("a line has its word first and its hint below, with colours only where they are seen", () => {
  const finding = { check: "port", status: "fail", detail: "10050 is used", hint: "end it" } as const;

  expect(rendered(describeFinding(finding, PLAIN), false)).toBe(
    "FAIL port       10050 is used\n                hint: end it",
  );
  expect(rendered(describeFinding({ ...finding, hint: null }, PLAIN), true)).toBe(
    "\x1b[31mFAIL\x1b[0m port       10050 is used",
  );
});

test("a narrow terminal breaks between words, and never within a command", () => {
  const command = "sudo ufw allow 10050/tcp && sudo ufw allow 8080/tcp";
  const finding = {
    check: "firewall",
    status: "warn",
    detail: "ufw is on; its rules can be seen by root only",
    hint: `if others cannot connect, run: ${command}`,
  } as const;

  const at = (columns: number) => rendered(describeFinding(finding, { columns }), false).split("\n");

  expect(at(60)).toEqual([
    "warn firewall   ufw is on; its rules can be seen by root",
    "                only",
    "                hint: if others cannot connect, run:",
    `                ${command}`,
  ]);
  expect(at(40)).toEqual([
    "warn firewall: ufw is on; its rules can",
    "     be seen by root only",
    "     hint: if others cannot connect,",
    "     run:",
    `     ${command}`,
  ]);
});
