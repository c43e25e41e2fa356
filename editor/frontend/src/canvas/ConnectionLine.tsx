/** The edge while it is being drawn: in its type's colour, red where it can't end. */
import { type ConnectionLineComponentProps, getBezierPath } from "@xyflow/react";

import { drawing } from "../store/shapes";
import type { FlowNode } from "./flow";

export function ConnectionLine(props: ConnectionLineComponentProps<FlowNode>) {
  const { fromX, fromY, toX, toY, fromPosition, toPosition, fromHandle, connectionStatus } = props;
  const ports = drawing.ports(fromHandle.nodeId);
  const side = fromHandle.type === "source" ? ports?.outputs : ports?.inputs;
  const type = side?.find((port) => port.name === fromHandle.id)?.type ?? "any";
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
  });
  return (
    <g className={`edge edge-${type} edge-drawn${connectionStatus === "invalid" ? " is-missing" : ""}`}>
      <path className="react-flow__edge-path" d={path} fill="none" />
      <circle className="edge-end" cx={toX} cy={toY} r={4} />
    </g>
  );
}
