/** The benches, in the order in which all are run. */

export interface BenchEntry {
  readonly name: string;
  /** Its tables, by the names of their results, with their headings in docs/measurements.md. */
  readonly tables: Readonly<Record<string, string>>;
  /** How long it may take when all are run, minutes; 0: it is left out. */
  readonly minutes: number;
  /** The same with --quick. */
  readonly quickMinutes: number;
  /** When all are run, it runs in its short form. */
  readonly isShort?: boolean;
}

export const BENCHES: readonly BenchEntry[] = [
  {
    name: "latency",
    tables: { latency: "Pages: from drawn to read back" },
    minutes: 10,
    quickMinutes: 2,
  },
  {
    name: "first-picture",
    tables: { "first-picture": "Until the first picture" },
    minutes: 3,
    quickMinutes: 0,
    isShort: true,
  },
  {
    name: "film",
    tables: { film: "Ten minutes by Media Source" },
    minutes: 3,
    quickMinutes: 0,
    isShort: true,
  },
  {
    name: "links",
    tables: { links: "Slow links" },
    minutes: 10,
    quickMinutes: 3.5,
  },
  {
    name: "viewers",
    tables: { viewers: "Many viewers" },
    minutes: 5,
    quickMinutes: 2,
    isShort: true,
  },
  {
    name: "window",
    tables: { window: "On the screen, beside ffplay and mpv" },
    minutes: 4,
    quickMinutes: 1.5,
    isShort: true,
  },
  {
    name: "peers",
    tables: {
      peers: "Over TCP, beside other programs",
      readers: "Other programs with lanvid's stream",
      classic: "The classic Python programs",
    },
    minutes: 9,
    quickMinutes: 0,
    isShort: true,
  },
  {
    name: "micro",
    tables: { bits: "Bits and likeness", start: "Until it has started" },
    minutes: 5,
    quickMinutes: 0,
  },
  {
    name: "soak",
    tables: { soak: "A long time, with viewers that come, go, stall and vanish" },
    minutes: 0,
    quickMinutes: 0,
  },
];
