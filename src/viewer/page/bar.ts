import { page } from "./elements.ts";

/** The bar hides after so long without a pointer, touch or key, in ms. */
const IDLE_MS = 3000;

let timer: ReturnType<typeof setTimeout> | undefined;

/** Lets the bar come at each movement, touch, key and focus, and go by itself. Its state is `<html data-bar>`. */
export function startBar(): void {
  for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) {
    addEventListener(event, showBar, { passive: true });
  }
  document.addEventListener("mouseleave", hideBar);
  showBar();
}

/** Shows the bar for a while. */
export function showBar(): void {
  page.root.dataset["bar"] = "shown";
  clearTimeout(timer);
  timer = setTimeout(hideBar, IDLE_MS);
}

function hideBar(): void {
  const isInUse = page.bar.matches(":hover") || page.bar.querySelector(":focus-visible") !== null;
  if (isInUse) {
    timer = setTimeout(hideBar, IDLE_MS);
    return;
  }
  page.root.dataset["bar"] = "hidden";
}
