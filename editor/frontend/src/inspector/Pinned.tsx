/** The outputs that stand in for a node, to be looked at and edited. */
import { ObjectField } from "../cases/fields";
import type { DraftNode } from "../model/draft";
import type { Problem } from "../model/types";
import { editPin } from "../runs/partial";
import { Words } from "./Words";

/** Of the outputs as text, in characters: a field for more would be slow. */
const LONGEST = 500_000;

export function Pinned({ node: { id, pin }, problems }: { node: DraftNode; problems: readonly Problem[] }) {
  if (!pin) return null;
  const long = JSON.stringify(pin).length > LONGEST;
  return (
    <section className="field pinned" data-testid="pinned">
      <div className="field-head">
        <label htmlFor={`pin-${id}`}>Pinned outputs, by port</label>
      </div>
      {long ? (
        <p className="field-help">They are too long to be edited here. Runs of the draft take them, and do not run the node.</p>
      ) : (
        <>
          <ObjectField id={`pin-${id}`} label="Pinned outputs by port, as JSON" value={pin} onChange={(value) => editPin(id, value ?? {})} />
          <p className="field-help">Runs of the draft take these, and do not run the node. A port that is not named gives nothing.</p>
        </>
      )}
      {problems.map(({ message, severity }) => (
        <p key={message} className="field-error" data-severity={severity}>
          <Words text={message} />
        </p>
      ))}
    </section>
  );
}
