/** Loaded into a lanvid before its own program: on SIGUSR2 something in it fails that nobody catches. */

const FAULTS: Readonly<Record<string, () => void>> = {
  /** A timer that throws, over and over. */
  throw: () => void setInterval(() => fail(), 5),
  /** A promise that nobody waits for. */
  reject: () => void Promise.resolve().then(fail),
};

function fail(): never {
  throw new RangeError("made to fail");
}

process.on("SIGUSR2", () => FAULTS[process.env["FAULT"] ?? "throw"]?.());
