/** Nodes, frames, notes and edges that are only looked at: nothing of a run, but marks of what has changed. */
import { BaseEdge, type EdgeProps, getBezierPath, type NodeProps } from "@xyflow/react";
import { memo, type ReactNode } from "react";

import { hueStyle } from "../canvas/category";
import type { CardNode, FlowEdge, FrameNode, NoteNode } from "../canvas/flow";
import { NodeIcon } from "../canvas/icons";
import { NoteText } from "../canvas/NoteText";
import { Port } from "../canvas/Port";
import type { NodeForm } from "../store/shapes";
import { useMarks } from "./seen";
import { EdgeSign, NAMES, SignBadge } from "./signs";

function classes(...names: (string | false | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}

/** The class of a node's sign, and its badge with what else stands there; what has not changed steps back where changes are shown. */
function useMark(id: string): { mark: string | undefined; badge: ReactNode } {
  const { comparing, nodes, words, Beside } = useMarks();
  const sign = nodes.get(id);
  const beside = Beside && <Beside id={id} />;
  if (!sign) return { mark: comparing ? "is-unchanged" : undefined, badge: beside };
  const word = sign === "moved" ? undefined : words?.[sign];
  return {
    mark: NAMES[sign],
    badge: (
      <>
        {word === undefined ? <SignBadge sign={sign} /> : <SignBadge sign={sign} word={word} />}
        {beside}
      </>
    ),
  };
}

function Flags({ form: { node } }: { form: NodeForm }) {
  return (
    <>
      {node.settings.each && <span className="card-flag">each</span>}
      {node.pin && <span className="card-flag">pinned</span>}
      {node.settings.disabled && <span className="card-flag">off</span>}
    </>
  );
}

const SeenCard = memo(function SeenCard({ id, data: { form }, selected }: NodeProps<CardNode>) {
  const { node, spec, shape } = form;
  const { mark, badge } = useMark(id);
  return (
    <div
      className={classes("card", mark, selected && "is-selected", node.settings.disabled && "is-disabled", !spec && "is-unknown", spec?.trigger && "is-trigger")}
      style={{ width: shape.width, height: shape.height, ...hueStyle(spec?.category) }}
      data-testid={`seen-${id}`}
    >
      {badge}
      <div className="card-head">
        <span className="card-icon">
          <NodeIcon name={spec?.icon} />
        </span>
        <span className="card-words">
          <span className="card-title">{node.title || spec?.title || node.kind}</span>
          <span className="card-kind">{node.title && spec ? spec.title : node.kind}</span>
        </span>
        <Flags form={form} />
      </div>
      {!shape.compact && <div className="card-rule" />}
      {shape.inputs.map((place) => (
        <Port key={place.port.name} id={id} side="in" place={place} named={!shape.compact} />
      ))}
      {shape.outputs.map((place) => (
        <Port key={place.port.name} id={id} side="out" place={place} named={!shape.compact} />
      ))}
    </div>
  );
});

const SeenFrame = memo(function SeenFrame({ id, data: { form, width, height }, selected }: NodeProps<FrameNode>) {
  const { node, spec, shape } = form;
  const { header, namesIn = false, namesOut = false } = shape.frame ?? {};
  const { mark, badge } = useMark(id);
  return (
    <div
      className={classes("frame", mark, selected && "is-selected", node.settings.disabled && "is-disabled")}
      style={{ width, height, ...hueStyle(spec?.category) }}
      data-testid={`seen-${id}`}
      data-frame
    >
      {badge}
      <div className={classes("frame-head", namesIn && "has-names-in", namesOut && "has-names-out")} style={{ height: header }}>
        <span className="card-icon">
          <NodeIcon name={spec?.icon} size={16} />
        </span>
        <span className="card-title">{node.title || spec?.title || node.kind}</span>
        {node.title && spec && <span className="card-kind">{spec.title}</span>}
        <Flags form={form} />
      </div>
      {shape.inputs.map((place) => (
        <Port key={`in-${place.port.name}`} id={id} side="in" place={place} named={namesIn} />
      ))}
      {shape.outputs.map((place) => (
        <Port key={`out-${place.port.name}`} id={id} side="out" place={place} named={namesOut} />
      ))}
    </div>
  );
});

const SeenNote = memo(function SeenNote({ id, data: { note } }: NodeProps<NoteNode>) {
  const { mark, badge } = useMark(id);
  return (
    <div className={classes("note", `note-${note.color}`, mark)} style={{ width: note.width, height: note.height }} data-testid={`seen-${id}`}>
      {badge}
      <NoteText text={note.text} />
    </div>
  );
});

const SeenEdge = memo(function SeenEdge(props: EdgeProps<FlowEdge>) {
  const { id, data } = props;
  const { comparing, edges } = useMarks();
  const [path, x, y] = getBezierPath(props);
  const sign = edges.get(id) ?? edges.get(data?.ends ?? "");
  const mark = sign ? NAMES[sign] : comparing && "is-unchanged";
  return (
    <g className={classes("edge", `edge-${data?.type ?? "any"}`, !comparing && data?.missing && "is-missing", mark)} data-testid={`seen-edge-${id}`}>
      <BaseEdge id={id} path={path} interactionWidth={0} />
      {sign && <EdgeSign sign={sign} x={x} y={y} />}
    </g>
  );
});

export const SEEN_NODES = { card: SeenCard, frame: SeenFrame, note: SeenNote };
export const SEEN_EDGES = { value: SeenEdge };
