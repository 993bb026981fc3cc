import type { Ready, Reporter, SendingFigures } from "../commands.ts";
import type { ReceptionFigures } from "../remote.ts";
import { firstScreen } from "./first-screen.ts";
import { KEYS } from "./help.ts";
import type { Printer } from "./printer.ts";
import { receivingStatus, seenSource, sendingStatus } from "./status.ts";
import { type Line, styled } from "./style.ts";

/** What a command says to a person, and what it answers to keys. */
export interface Words extends Reporter {
  key(key: string): void;
}

/** What a sender says. @param hasKeys keys are read: they are named */
export function sendingWords(printer: Printer, hasKeys: boolean): Words {
  const ways = new Ways();
  return {
    ready(ready) {
      ways.current = ready;
      if (ready.role === "serve") {
        printer.answerLines((screen) => firstScreen({ ready, hasKeys }, screen));
      } else {
        printer.answer(`sending ${ready.source.name}`);
        hintAtKeys(printer, hasKeys);
      }
    },
    addresses: (more) => {
      ways.add(more);
      printer.answerLines(() => alsoLines([...more.watch, ...more.urls]));
    },
    source: (seen) => {
      // Why it can't be read was said as a warning.
      if (seen.error === null) {
        printer.info(seenSource(seen));
      }
    },
    stats: (figures) => printer.status(sendingStatus(figures as SendingFigures)),
    key: (key) => answerKey(key, printer, ways, "push"),
  };
}

/** What a receiver says. @param hasKeys keys are read: they are named @param host whom it connects to; null if it waits */
export function receivingWords(printer: Printer, hasKeys: boolean, host: string | null): Words {
  const ways = new Ways();
  let lostAt: number | null = null;
  return {
    ready(ready) {
      ways.current = ready;
      if (ready.role === "receive") {
        printer.infoLines(firstScreen({ ready, hasKeys }, { hasColours: false, columns: null }));
      } else {
        printer.info(`watching ${ready.source.name}`);
        printer.infoLines(ready.urls.map((url) => ["  ", styled("bold", url)]));
        hintAtKeys(printer, hasKeys);
      }
    },
    addresses: (more) => {
      ways.add(more);
      printer.infoLines(alsoLines(more.watch));
    },
    stats: (figures, isUnseen = false) => {
      const received = figures as ReceptionFigures;
      lostAt = received.state === "reconnecting" ? (lostAt ?? performance.now()) : null;
      const lostMs = lostAt === null ? 0 : performance.now() - lostAt;
      printer.status(receivingStatus(received, { host, lostMs, isUnseen }));
    },
    key: (key) => answerKey(key, printer, ways, "watch"),
  };
}

/** How this machine is reached, with what came to it since the start. */
class Ways {
  current: Ready | null = null;

  add({ urls, watch }: Pick<Ready, "urls" | "watch">): void {
    const { current } = this;
    this.current = current && { ...current, urls: [...current.urls, ...urls], watch: [...current.watch, ...watch] };
  }
}

function alsoLines(ways: readonly string[]): readonly Line[] {
  return ways.map((way) => ["  also ", styled("bold", way)]);
}

function hintAtKeys(printer: Printer, hasKeys: boolean): void {
  if (hasKeys) {
    printer.infoLines([[styled("dim", "q quits · ? lists the keys")]]);
  }
}

/** @param role what it is before it is known, which takes a connection */
function answerKey(key: string, printer: Printer, { current }: Ways, role: "push" | "watch"): void {
  if (key === "?") {
    const keys = KEYS[current?.role ?? role];
    printer.replyLines(() => keys.map(([name, what]) => ["  ", styled("bold", name), `  ${what}`]));
  } else if (key === "h" && (current?.role === "serve" || current?.role === "receive")) {
    printer.replyLines((screen) => firstScreen({ ready: current, hasKeys: true }, screen));
  }
}
