/** A node on the canvas: icon, title, ports, and how it stands in the run that is open. */
import type { NodeProps } from "@xyflow/react";
import { Pin } from "lucide-react";
import { memo } from "react";

import { heldBy } from "../model/frames";
import { useCovered } from "../store/coverage";
import { useDraft } from "../store/document";
import { forms } from "../store/shapes";
import { useStale } from "../store/stale";
import { useNodeStatus } from "../store/statuses";
import { BreakpointMark } from "./BreakpointMark";
import { hueStyle } from "./category";
import { CollapseButton } from "./CollapseButton";
import { CoverageMark } from "./CoverageMark";
import { type CardNode, looksAlike, statusId } from "./flow";
import { NodeIcon } from "./icons";
import { Iterations } from "./Iterations";
import { Port } from "./Port";
import { ProblemBadge } from "./ProblemBadge";
import { StatusChip } from "./StatusChip";

/** How much a collapsed frame holds, and how far its run has come. */
function Held({ id }: { id: string }) {
  const count = useDraft(() => heldBy(forms(), new Set([id])).size);
  return (
    <>
      {count === 1 ? "1 node inside" : `${count} nodes inside`}
      <Iterations id={id} after=" · " />
    </>
  );
}

export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const { node, spec, shape, collapsed } = data.form;
  const status = useNodeStatus(id);
  const covered = useCovered(id);
  const stale = useStale(id);
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
    collapsed && "is-collapsed",
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
      data-collapsed={collapsed || undefined}
    >
      <div className="card-head">
        <span className="card-icon">
          <NodeIcon name={spec?.icon} />
        </span>
        <span className="card-words">
          <span className="card-title" title={title} dir="auto">
            {title}
          </span>
          <span className="card-kind">{collapsed ? <Held id={id} /> : node.title && spec ? spec.title : node.kind}</span>
        </span>
        {node.settings.each && <span className="card-flag" title="Runs for each item of a list">each</span>}
        {node.pin && (
          <span className="card-flag is-pin" title="What it emits is pinned: runs of the draft do not run it">
            <Pin size={11} aria-hidden /> <span>pinned</span>
          </span>
        )}
        {disabled && <span className="card-flag" title="Not run, and nothing goes on (D)">off</span>}
        {bypassed && <span className="card-flag" title="Not run: what comes in goes on (B)">bypass</span>}
        {collapsed && <CollapseButton id={id} title={title} collapsed />}
      </div>
      {!shape.compact && <div className="card-rule" />}
      {shape.inputs.map((place) => (
        <Port key={place.port.name} id={id} side="in" place={place} named={!shape.compact} />
      ))}
      {shape.outputs.map((place) => (
        <Port key={place.port.name} id={id} side="out" place={place} named={!shape.compact} />
      ))}
      <BreakpointMark id={id} />
      <ProblemBadge id={id} within={collapsed} />
      {status && <StatusChip status={status} each={Boolean(node.settings.each)} stale={stale} id={statusId(id)} />}
      {covered && <CoverageMark covered={covered} />}
    </div>
  );
}, looksAlike);
