/** The list of what has changed between two sides; each entry leads to its place on the canvas. */
import { ArrowLeft, ArrowLeftRight } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import { Tool } from "../actions/Tool";
import { type Comparison, countOf, type EdgeChange, type NodeChange, type NoteChange, type Sign, summaryOf } from "../model/compare";
import { parseEdge } from "../model/edges";
import { useDraft } from "../store/document";
import { backToDraft, lookAtChanges, type Side, useVersions } from "../store/versions";
import { loadOlder, sideName, useHistory } from "./history";
import { useSeen } from "./seen";
import { NAMES, SignBadge } from "./signs";
import { BLUEPRINT_SETTINGS, NODE_SETTINGS } from "../inspector/settings";
import { ValueChanges } from "./ValueChanges";

function SideChoice({ label, side, onSide, testId }: { label: string; side: Side; onSide: (side: Side) => void; testId: string }) {
  const { versions, next } = useHistory();
  const numbers = versions.map(({ number }) => number);
  const named = new Map(versions.map(({ number, name }) => [number, name]));
  if (side !== "draft" && !numbers.includes(side)) numbers.push(side);
  return (
    <label>
      <span>{label}</span>
      <select
        value={String(side)}
        onChange={({ target: { value } }) => {
          if (value === "older") void loadOlder();
          else onSide(value === "draft" ? value : Number(value));
        }}
        data-testid={testId}
      >
        <option value="draft">Draft</option>
        {numbers.map((number) => (
          <option key={number} value={number}>
            {sideName(number)}
            {named.get(number) ? `: ${named.get(number)}` : ""}
          </option>
        ))}
        {next && <option value="older">Older ones…</option>}
      </select>
    </label>
  );
}

function Sides({ against, shown }: { against: Side; shown: Side }) {
  return (
    <div className="sides">
      <SideChoice label="From" side={against} onSide={(side) => lookAtChanges(side, shown)} testId="compare-from" />
      <Tool label="Exchange the two sides" icon={ArrowLeftRight} onClick={() => lookAtChanges(shown, against)} testId="compare-exchange" />
      <SideChoice label="To" side={shown} onSide={(side) => lookAtChanges(against, side)} testId="compare-to" />
    </div>
  );
}

interface EntryProps {
  sign: Sign;
  /** The node or note on the canvas that it leads to. */
  place: string;
  title: ReactNode;
  about?: string;
  children?: ReactNode;
  testId: string;
}

function Entry({ sign, place, title, about, children, testId }: EntryProps) {
  const chosen = useVersions((state) => state.node === place);
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li ref={element} className={`change ${NAMES[sign]}${chosen ? " is-chosen" : ""}`} data-testid={testId}>
      <button type="button" className="change-head" onClick={() => useVersions.setState({ node: place })}>
        <SignBadge sign={sign} />
        <span className="change-title">{title}</span>
        {about && <span className="change-about">{about}</span>}
      </button>
      {children}
    </li>
  );
}

function NodeEntry({ change: { id, sign, node, values } }: { change: NodeChange }) {
  const spec = useDraft((state) => state.types.get(node.kind));
  // That a new node has a kind goes without saying.
  const told = sign === "~" ? values : values.filter(({ group, name }) => group || name !== "kind");
  return (
    <Entry sign={sign} place={id} title={node.title || spec?.title || node.kind} about={id} testId={`change-${id}`}>
      {sign !== "-" && <ValueChanges changes={told} holders={{ parameters: spec?.parameters, settings: NODE_SETTINGS }} />}
    </Entry>
  );
}

function EdgeEntry({ change: { id, sign } }: { change: EdgeChange }) {
  const ends = parseEdge(id);
  const title = ends ? (
    <>
      {ends.source}.{ends.sourcePort} → {ends.target}.{ends.targetPort}
    </>
  ) : (
    id
  );
  return <Entry sign={sign} place={ends?.target ?? ""} title={title} testId={`change-edge-${id}`} />;
}

function NoteEntry({ change: { id, sign, before, after } }: { change: NoteChange }) {
  return (
    <Entry sign={sign} place={id} title="Note" about={sign === "~" ? "" : after || before} testId={`change-${id}`}>
      {sign === "~" && <ValueChanges changes={[{ group: "", name: "text", before, after }]} />}
    </Entry>
  );
}

function Part({ title, children, count }: { title: string; children: ReactNode; count: number }) {
  if (!count) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>{children}</ul>
    </section>
  );
}

/** Geometry stands apart: one quiet line, and the marks only on demand. */
function Moved({ moved }: { moved: readonly string[] }) {
  const marked = useVersions((state) => state.moved);
  if (!moved.length) return null;
  return (
    <label className="moved" title={moved.join(", ")} data-testid="moved">
      <input type="checkbox" checked={marked} onChange={({ target }) => useVersions.setState({ moved: target.checked })} />
      {moved.length} only moved; mark on the canvas
    </label>
  );
}

function Found({ found }: { found: Comparison }) {
  return (
    <>
      <p className="change-summary" role="status" data-testid="change-summary">
        {countOf(found) ? summaryOf({ ...found, moved: [] }) : "Nothing has changed in meaning"}.
      </p>
      <Moved moved={found.moved} />
      <Part title="Blueprint" count={found.blueprint.length}>
        <li className="change">
          <ValueChanges changes={found.blueprint} holders={{ settings: BLUEPRINT_SETTINGS }} />
        </li>
      </Part>
      <Part title="Nodes" count={found.nodes.length}>
        {found.nodes.map((change) => (
          <NodeEntry key={change.id} change={change} />
        ))}
      </Part>
      <Part title="Edges" count={found.edges.length}>
        {found.edges.map((change) => (
          <EdgeEntry key={change.sign + change.id} change={change} />
        ))}
      </Part>
      <Part title="Notes" count={found.notes.length}>
        {found.notes.map((change) => (
          <NoteEntry key={change.id} change={change} />
        ))}
      </Part>
    </>
  );
}

export function Changes() {
  const against = useVersions((state) => state.against);
  const shown = useVersions((state) => state.shown);
  const found = useSeen((state) => state.seen?.comparison);
  if (against === null || shown === null) return null;
  return (
    <div className="versions-scroll changes" data-testid="changes">
      <button type="button" className="link all-versions" onClick={backToDraft}>
        <ArrowLeft size={14} aria-hidden />
        All versions
      </button>
      <Sides against={against} shown={shown} />
      {found && <Found found={found} />}
    </div>
  );
}
