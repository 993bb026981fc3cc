import { page } from "./elements.ts";

/** The bar hides after so long without a pointer, touch or key, in ms. */
const IDLE_MS = 3000;

let timer: ReturnType<typeof setTimeout> | undefined;
let isHeld = true;

/** Lets the bar come at each movement, touch, key and focus, and go by itself. Its state is `<html data-bar>`. */
export function startBar(): void {
  let wasHidden = false;
  const noteHidden = () => {
    wasHidden = page.root.dataset["bar"] === "hidden";
  };
  addEventListener("pointerdown", noteHidden, { capture: true, passive: true });
  for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    addEventListener(event, showBar, { passive: true });
  }
  // A tap that brings the bar up is not one on the button that is then under the finger. Keys and screen readers (0) press
  // what they are at.
  page.bar.addEventListener(
    "click",
    (event) => {
      if (wasHidden && event.detail > 0) {
        event.stopPropagation();
      }
    },
    { capture: true },
  );
  document.addEventListener("mouseleave", hideBar);
  showBar();
}

/** Shows the bar for as long as `isHeld`, then for a while. */
export function holdBar(held: boolean): void {
  if (held !== isHeld) {
    isHeld = held;
    showBar();
  }
}

function showBar(): void {
  page.root.dataset["bar"] = "shown";
  clearTimeout(timer);
  timer = setTimeout(hideBar, IDLE_MS);
}

function hideBar(): void {
  if (isHeld) {
    return;
  }
  const isInUse = page.bar.matches(":hover") || page.bar.querySelector(":focus-visible") !== null;
  if (isInUse) {
    timer = setTimeout(hideBar, IDLE_MS);
    return;
  }
  page.root.dataset["bar"] = "hidden";
}
