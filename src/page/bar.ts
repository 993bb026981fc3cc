import { systemClock, type Timer } from "../time.ts";
import type { Elements } from "./elements.ts";

/** The bar hides after so long without a pointer, touch or key, in ms. */
const IDLE_MS = 3000;

/**
 * Lets the bar come at each movement, touch, key and focus, and go by itself. Its state is `data-bar` of the root.
 * @returns shows the bar for as long as it is held, then for a while; to begin with, it is held
 */
export function startBar({ root, bar }: Elements, clock = systemClock): (isHeld: boolean) => void {
  let timer: Timer | null = null;
  let isHeld = true;
  let wasHidden = false;
  const hideLater = () => {
    timer?.[Symbol.dispose]();
    timer = clock.after(IDLE_MS, hide);
  };
  const show = () => {
    root.dataset["bar"] = "shown";
    hideLater();
  };
  const hide = () => {
    if (isHeld) {
      return;
    }
    if (bar.matches(":hover") || bar.querySelector(":focus-visible") !== null) {
      hideLater();
      return;
    }
    root.dataset["bar"] = "hidden";
  };
  const noteHidden = () => {
    wasHidden = root.dataset["bar"] === "hidden";
  };
  root.addEventListener("pointerdown", noteHidden, { capture: true, passive: true });
  for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    root.addEventListener(event, show, { passive: true });
  }
  // A tap that brings the bar up is not one on the button that is then under the finger. Keys and screen readers (0) press
  // what they are at.
  const keepTap = (event: MouseEvent) => {
    if (wasHidden && event.detail > 0) {
      event.stopPropagation();
    }
  };
  bar.addEventListener("click", keepTap, { capture: true });
  root.addEventListener("mouseleave", hide);
  show();
  return (held) => {
    if (held !== isHeld) {
      isHeld = held;
      show();
    }
  };
}
