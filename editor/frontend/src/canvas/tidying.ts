/** Tidy-up beside the page: thousands of nodes take a moment, in which the page goes on. */
import type { EdgeEnds } from "../model/edges";
import type { Placed } from "../model/frames";
import type { Place } from "../store/document";

/** What a worker needs to know of a drawing; plain values, which are copied to it. */
export interface TidyQuestion {
  number: number;
  members: ReadonlyMap<string, Placed>;
  layout: ReadonlyMap<string, Place>;
  edges: readonly EdgeEnds[];
  chosen: ReadonlySet<string>;
}

export interface TidyAnswer {
  number: number;
  places: ReadonlyMap<string, Place>;
}

let worker: Worker | undefined;
let asked = 0;

function started(): Worker {
  worker ??= new Worker(new URL("./tidy.worker.ts", import.meta.url), { type: "module", name: "tidy" });
  return worker;
}

/** New places for the chosen nodes and what moves with them. */
export function tidyBeside(
  members: ReadonlyMap<string, Placed>,
  layout: ReadonlyMap<string, Place>,
  edges: readonly EdgeEnds[],
  chosen: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Place>> {
  const beside = started();
  const number = (asked += 1);
  const placed = new Map([...members].map(([id, { holder, shape }]) => [id, { holder, shape }]));
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      beside.removeEventListener("message", onAnswer);
      beside.removeEventListener("error", onError);
      done();
    };
    const onAnswer = ({ data }: MessageEvent<TidyAnswer>): void => {
      if (data.number === number) settle(() => resolve(data.places));
    };
    const onError = (event: ErrorEvent): void => settle(() => reject(new Error(event.message || "The drawing could not be tidied up")));
    beside.addEventListener("message", onAnswer);
    beside.addEventListener("error", onError);
    beside.postMessage({ number, members: placed, layout, edges, chosen } satisfies TidyQuestion);
  });
}
