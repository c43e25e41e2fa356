/** A frame on the canvas: a box around the nodes that it holds, with ports outside and inside. */
import type { NodeProps } from "@xyflow/react";
import { Pin } from "lucide-react";
import { memo } from "react";

import { useCovered } from "../store/coverage";
import { useStale } from "../store/stale";
import { useNodeState } from "../store/statuses";
import { useUi } from "../store/ui";
import { BreakpointMark } from "./BreakpointMark";
import { hueStyle } from "./category";
import { CollapseButton } from "./CollapseButton";
import { CoverageMark } from "./CoverageMark";
import { type FrameNode, looksAlike, statusId } from "./flow";
import { NodeIcon } from "./icons";
import { Iterations } from "./Iterations";
import { Port } from "./Port";
import { ProblemBadge } from "./ProblemBadge";
import { StatusChip } from "./StatusChip";

export const FrameBox = memo(function FrameBox({ id, data, selected }: NodeProps<FrameNode>) {
  const { form, empty, width, height } = data;
  const { node, spec, shape } = form;
  const status = useNodeState(id);
  const covered = useCovered(id);
  const stale = useStale(id);
  const aimed = useUi((state) => state.aimedFrame === id);
  const disabled = node.settings.disabled === true;
  const bypassed = !disabled && node.settings.bypass === true;
  const title = node.title || spec?.title || node.kind;
  const classes = [
    "frame",
    selected && "is-selected",
    disabled && "is-disabled",
    bypassed && "is-bypassed",
    aimed && "is-aimed",
    status && `status-${status.status}`,
    covered && `is-${covered}`,
  ];
  const { header, namesIn = false, namesOut = false } = shape.frame ?? {};
  const headClasses = ["frame-head", namesIn && "has-names-in", namesOut && "has-names-out"];
  return (
    <div
      className={classes.filter(Boolean).join(" ")}
      style={{ width, height, ...hueStyle(spec?.category) }}
      data-testid={`node-${id}`}
      data-status={status?.status}
      data-covered={covered}
      data-frame
    >
      <div className={headClasses.filter(Boolean).join(" ")} style={{ height: header }}>
        <CollapseButton id={id} title={title} collapsed={false} />
        <span className="card-icon">
          <NodeIcon name={spec?.icon} size={16} />
        </span>
        <span className="card-title" title={title} dir="auto">
          {title}
        </span>
        {node.title && spec && <span className="card-kind">{spec.title}</span>}
        {node.settings.each && <span className="card-flag" title="Runs for each item of a list">each</span>}
        {node.parameters.spread === true && (
          <span className="card-flag" title="Each item is a run of its own, which any worker may take">
            spread
          </span>
        )}
        {node.pin && (
          <span className="card-flag is-pin" title="Its outputs are pinned">
            <Pin size={11} aria-hidden /> <span>pinned</span>
          </span>
        )}
        {disabled && <span className="card-flag" title="Not run, and nothing goes on (D)">off</span>}
        {bypassed && <span className="card-flag" title="Not run: what comes in goes on (B)">bypass</span>}
        <span className="frame-run">
          {status && <StatusChip status={status} stale={stale} id={statusId(id)} />}
          {covered && <CoverageMark covered={covered} />}
          <Iterations id={id} />
        </span>
      </div>
      {empty && <p className="frame-hint">Drop nodes here</p>}
      {shape.inputs.map((place) => (
        <Port key={`in-${place.port.name}`} id={id} side="in" place={place} named={namesIn} />
      ))}
      {shape.outputs.map((place) => (
        <Port key={`out-${place.port.name}`} id={id} side="out" place={place} named={namesOut} />
      ))}
      <BreakpointMark id={id} />
      <ProblemBadge id={id} />
    </div>
  );
}, looksAlike);
