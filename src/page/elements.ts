/** What a view of a stream touches of the page that it is in: index.html has them, `frozenNote` as "frozen-note". */
export interface Elements {
  /** Has the view's state as data attributes, and fills the screen when it is asked to. */
  readonly root: HTMLElement;
  readonly stage: HTMLElement;
  readonly picture: HTMLCanvasElement;
  readonly film: HTMLVideoElement;
  readonly frozen: HTMLCanvasElement;
  readonly frozenNote: HTMLElement;
  readonly messageName: HTMLElement;
  readonly messageTitle: HTMLElement;
  readonly messageText: HTMLElement;
  readonly messageTimes: HTMLElement;
  readonly messageChecks: HTMLElement;
  readonly tryButton: HTMLButtonElement;
  readonly announcer: HTMLElement;
  readonly bar: HTMLElement;
  readonly badgeText: HTMLElement;
  readonly name: HTMLElement;
  readonly form: HTMLElement;
  readonly delay: HTMLElement;
  readonly fps: HTMLElement;
  readonly notice: HTMLElement;
  readonly help: HTMLElement;
  readonly info: HTMLElement;
  readonly infoButton: HTMLButtonElement;
  readonly snapshotButton: HTMLButtonElement;
  readonly fullScreenButton: HTMLButtonElement;
}

/**
 * Finds a view's elements by their ids; that none is missing is tested (test/viewer-page-elements.test.ts).
 * @param scope the page, or a shadow root: ids are unique in either
 */
export function elementsIn(scope: ParentNode, root: HTMLElement): Elements {
  const found = [...scope.querySelectorAll("[id]")].map((element) => [
    element.id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
    element,
  ]);
  return { ...Object.fromEntries(found), root };
}

/** Changes an element's text when it is another: readers of the page, and selections, are not disturbed for nothing. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
