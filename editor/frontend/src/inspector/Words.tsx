/** A sentence with its `code` set as code, and its moments in the reader's own time. */
import { momentWords, partsOf } from "../model/sentences";

/** An instant in local time; the exact one is a pointer's rest away. */
export function Moment({ instant }: { instant: string }) {
  return (
    <time dateTime={instant} title={instant}>
      {momentWords(instant)}
    </time>
  );
}

export function Words({ text }: { text: string }) {
  return (
    <>
      {partsOf(text).map((part, index) =>
        part.kind === "code" ? (
          <code key={index}>{part.text}</code>
        ) : part.kind === "moment" ? (
          <Moment key={index} instant={part.text} />
        ) : (
          part.text
        ),
      )}
    </>
  );
}
