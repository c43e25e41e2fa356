/** The worker that lays drawings out: it is asked with a drawing, and answers with places. */
import { tidyFrames } from "../model/tidy";
import type { TidyAnswer, TidyQuestion } from "./tidying";

self.addEventListener("message", ({ data }: MessageEvent<TidyQuestion>) => {
  const { number, members, layout, edges, chosen } = data;
  const places = tidyFrames(members, (id) => layout.get(id) ?? [0, 0], edges, chosen);
  self.postMessage({ number, places } satisfies TidyAnswer);
});
