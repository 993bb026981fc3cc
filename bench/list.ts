/** The benches, in the order in which all are run. */

export interface BenchEntry {
  readonly name: string;
  /** What it answers. */
  readonly question: string;
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
    question: "how long from a picture's drawing until a page has it, beside the least that can be done",
    tables: { latency: "Pages: from drawn to read back" },
    minutes: 10,
    quickMinutes: 2,
  },
  {
    name: "first-picture",
    question: "how long from opening the page, or starting watch, to the first picture",
    tables: { "first-picture": "Until the first picture" },
    minutes: 3,
    quickMinutes: 0,
    isShort: true,
  },
  {
    name: "film",
    question: "whether a film played by Media Source stays live: its delay, its halts, and after being hidden",
    tables: { film: "Ten minutes by Media Source" },
    minutes: 3,
    quickMinutes: 0,
    isShort: true,
  },
  {
    name: "links",
    question: "what viewers see at the end of slow links, and of links that change or lose packets",
    tables: { links: "Slow links" },
    minutes: 10,
    quickMinutes: 3.5,
  },
  {
    name: "viewers",
    question: "how many viewers one core serves",
    tables: { viewers: "Many viewers" },
    minutes: 5,
    quickMinutes: 2,
    isShort: true,
  },
  {
    name: "window",
    question: "how long until a picture is on the screen, beside ffplay and mpv",
    tables: { window: "On the screen, beside ffplay and mpv" },
    minutes: 4,
    quickMinutes: 1.5,
    isShort: true,
  },
  {
    name: "peers",
    question: "the same over the network; how late programs are that read lanvid's stream; the classic Python programs",
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
    question: "H.264's bits and likeness beside JPEG's, and how long the program takes to start",
    tables: { bits: "Bits and likeness", start: "Until it has started" },
    minutes: 5,
    quickMinutes: 0,
  },
  {
    name: "soak",
    question: "whether anything grows in an hour",
    tables: { soak: "A long time, with viewers that come, go, stall and vanish" },
    minutes: 0,
    quickMinutes: 0,
  },
];
