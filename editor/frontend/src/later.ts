/** Parts of the page that are loaded after it: tried until they arrive, and before anybody asks for them. */
import { type ComponentType, lazy, type LazyExoticComponent } from "react";

import { say } from "./store/ui";

const FIRST_PAUSE = 500; // milliseconds between two tries, each twice as long as the one before
const LONGEST_PAUSE = 8000;
const CALM = 3000; // milliseconds after the start until what may be needed is loaded

type Load<T> = () => Promise<T>;

let waiting: Load<unknown>[] = [];
let ahead = false;

/**
 * A component that is loaded when it is first shown, or in a calm moment before.
 *
 * While the server does not answer it is tried again: React's own `lazy` would take the whole page
 * away. What is `large` is loaded for those only who use it.
 */
export function later<P>(load: Load<ComponentType<P>>, { large = false } = {}): LazyExoticComponent<ComponentType<P>> {
  if (!large) {
    waiting.push(load);
    if (ahead) whenIdle(loadNext);
  }
  return lazy(async () => ({ default: await arrived(load) }));
}

/** What is loaded, as soon as the server gives it. */
export async function arrived<T>(load: Load<T>): Promise<T> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return await load();
    } catch (error) {
      // Browsers say so of what can't be fetched; anything else is a fault of ours.
      if (!(error instanceof TypeError)) throw error;
      if (pause === FIRST_PAUSE) say("A part of the editor is not loaded yet: the server does not answer. It comes as soon as it does.", "danger");
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** Do something with what must be loaded for it, and say so where the server does not answer. */
export function whenLoaded<T>(load: Load<T>, act: (loaded: T) => void): void {
  load().then(act, () => say("That can’t be loaded: the server does not answer. Try again when it is back.", "danger"));
}

/** Begin to load what may be needed: a server that goes away then takes nothing with it. */
export function loadAhead(): void {
  setTimeout(() => {
    ahead = true;
    loadNext();
  }, CALM);
}

function loadNext(): void {
  const load = waiting.shift();
  if (!load) return;
  load().then(
    () => whenIdle(loadNext),
    () => {
      waiting.push(load);
      setTimeout(loadNext, LONGEST_PAUSE);
    },
  );
}

function whenIdle(act: () => void): void {
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in window) requestIdleCallback(act, { timeout: LONGEST_PAUSE });
  else setTimeout(act, 50);
}
