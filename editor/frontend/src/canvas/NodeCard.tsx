/** A node on the canvas: icon, title, ports, and how it stands in the run that is open. */
import type { NodeProps } from "@xyflow/react";
import { memo } from "react";

import { useCovered } from "../store/coverage";
import { useNodeStatus } from "../store/statuses";
import { BreakpointMark } from "./BreakpointMark";
import { hueStyle } from "./category";
import { CoverageMark } from "./CoverageMark";
import type { CardNode } from "./flow";
import { NodeIcon } from "./icons";
import { Port } from "./Port";
import { ProblemBadge } from "./ProblemBadge";
import { StatusChip } from "./StatusChip";

export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const { node, spec, shape } = data.form;
  const status = useNodeStatus(id);
  const covered = useCovered(id);
  const disabled = node.settings.disabled === true;
  const bypassed = !disabled && node.settings.bypass === true;
  const title = node.title || spec?.title || node.kind;
  const classes = [
    "card",
    selected && "is-selected",
    disabled && "is-disabled",
    bypassed && "is-bypassed",
    !spec && "is-unknown",
    spec?.trigger && "is-trigger",
    status && `status-${status.status}`,
    covered && `is-${covered}`,
  ];
  return (
    <div
      className={classes.filter(Boolean).join(" ")}
      style={{ width: shape.width, height: shape.height, ...hueStyle(spec?.category) }}
      data-testid={`node-${id}`}
      data-status={status?.status}
      data-covered={covered}
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
        {node.pin && <span className="card-flag" title="What it emits is pinned: runs of the draft do not run it">pinned</span>}
        {disabled && <span className="card-flag" title="Not run, and nothing goes on (D)">off</span>}
        {bypassed && <span className="card-flag" title="Not run: what comes in goes on (B)">bypass</span>}
      </div>
      {!shape.compact && <div className="card-rule" />}
      {shape.inputs.map((place) => (
        <Port key={place.port.name} id={id} side="in" place={place} named={!shape.compact} />
      ))}
      {shape.outputs.map((place) => (
        <Port key={place.port.name} id={id} side="out" place={place} named={!shape.compact} />
      ))}
      <BreakpointMark id={id} />
      <ProblemBadge id={id} />
      {status && <StatusChip status={status} />}
      {covered && <CoverageMark covered={covered} />}
    </div>
  );
});
