/** A node on the canvas: icon, title, ports, and how it stands in the run that is open. */
import { Handle, type NodeProps, Position } from "@xyflow/react";
import { TriangleAlert } from "lucide-react";
import { memo } from "react";

import type { PortPlace } from "../model/geometry";
import { useProblems } from "../store/document";
import { useNodeStatus } from "../store/statuses";
import { hueStyle } from "./category";
import type { CardNode } from "./flow";
import { NodeIcon } from "./icons";
import { StatusChip } from "./StatusChip";

interface PortProps {
  id: string;
  side: "in" | "out";
  place: PortPlace;
  named: boolean;
}

function Port({ id, side, place, named }: PortProps) {
  const { port, y } = place;
  const about = port.missing
    ? `This node has no port “${port.name}” any more: remove the edge`
    : `${port.title} · ${port.type}${port.description ? `\n${port.description}` : ""}`;
  return (
    <>
      <Handle
        id={port.name}
        type={side === "in" ? "target" : "source"}
        position={side === "in" ? Position.Left : Position.Right}
        className={`port port-${port.type}${port.missing ? " port-missing" : ""}${port.multiple ? " port-multiple" : ""}`}
        style={{ top: y }}
        title={about}
        data-testid={`port-${id}-${side}-${port.name}`}
      />
      {named && (
        <span
          className={`port-name port-name-${side}${port.missing ? " port-name-missing" : ""}`}
          style={{ top: y }}
          title={about}
        >
          {port.title}
        </span>
      )}
    </>
  );
}

function ProblemBadge({ id }: { id: string }) {
  const problems = useProblems(id);
  if (!problems.length) return null;
  const error = problems.some((problem) => problem.severity === "error");
  const text = problems.map((problem) => problem.message).join("\n");
  return (
    <span
      className={`card-problem ${error ? "is-error" : "is-warning"}`}
      title={text}
      role="img"
      aria-label={text}
      data-testid={`problem-${id}`}
    >
      <TriangleAlert size={13} strokeWidth={2.25} aria-hidden />
    </span>
  );
}

export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const { node, spec, shape } = data.form;
  const status = useNodeStatus(id);
  const disabled = node.settings.disabled === true;
  const title = node.title || spec?.title || node.kind;
  const classes = [
    "card",
    selected && "is-selected",
    disabled && "is-disabled",
    !spec && "is-unknown",
    spec?.trigger && "is-trigger",
    status && `status-${status.status}`,
  ];
  return (
    <div
      className={classes.filter(Boolean).join(" ")}
      style={{ width: shape.width, height: shape.height, ...hueStyle(spec?.category) }}
      data-testid={`node-${id}`}
      data-status={status?.status}
    >
      <div className="card-head">
        <span className="card-icon">
          <NodeIcon name={spec?.icon} />
        </span>
        <span className="card-words">
          <span className="card-title" title={title}>
            {title}
          </span>
          <span className="card-kind">{node.title && spec ? spec.title : node.kind}</span>
        </span>
        {node.settings.each && <span className="card-flag" title="Runs for each item of a list">each</span>}
        {disabled && <span className="card-flag">off</span>}
      </div>
      {!shape.compact && <div className="card-rule" />}
      {shape.inputs.map((place) => (
        <Port key={place.port.name} id={id} side="in" place={place} named={!shape.compact} />
      ))}
      {shape.outputs.map((place) => (
        <Port key={place.port.name} id={id} side="out" place={place} named={!shape.compact} />
      ))}
      <ProblemBadge id={id} />
      {status && <StatusChip status={status} />}
    </div>
  );
});
