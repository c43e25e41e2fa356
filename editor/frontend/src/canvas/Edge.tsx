/** An edge: a curve in its type's colour, lit once it has carried tokens, with their number. */
import { BaseEdge, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, type RefObject, useLayoutEffect, useRef } from "react";

import { HANDLE } from "../model/geometry";
import { LINK_GAP, routePoints } from "../model/routes";
import { curvesOf, pathOf, type Point } from "../model/slice";
import { toggleBreakpoint, useBreakpoint } from "../store/breakpoints";
import { useCovered } from "../store/coverage";
import { useTokens } from "../store/held";
import { useEdgeCount } from "../store/statuses";
import { useUi } from "../store/ui";
import { BARS, stopSign } from "./BreakpointMark";
import type { FlowEdge } from "./flow";
import { LinkTags } from "./LinkTags";
import { useRoutePoints } from "./RoutePoints";

/** How wide the number of an edge's tokens is drawn. */
function widthOf(count: number): number {
  return 12 + `×${count}`.length * 6;
}

function Count({ x, y, count }: { x: number; y: number; count: number }) {
  const width = widthOf(count);
  return (
    <g className="edge-count" transform={`translate(${x} ${y})`}>
      <rect x={-width / 2} y={-9} width={width} height={18} rx={9} />
      <text textAnchor="middle" dominantBaseline="central">
        {`×${count}`}
      </text>
    </g>
  );
}

function Stop({ id, x, y }: { id: string; x: number; y: number }) {
  return (
    <g
      className="edge-breakpoint"
      transform={`translate(${x} ${y})`}
      role="img"
      aria-label="Breakpoint: runs pause when a token goes over this edge"
      onClick={() => toggleBreakpoint(id, "edge")}
      data-testid={`breakpoint-${id}`}
    >
      <title>Runs pause when a token goes over it (F9)</title>
      <polygon points={stopSign(16)} />
      <path d={BARS} />
    </g>
  );
}

/** The curve, and its middle. */
function pathOfEdge(props: EdgeProps<FlowEdge>, points: readonly Point[]): readonly [string, number, number] {
  const middle = points[Math.floor(points.length / 2)];
  if (!middle) {
    const [path, x, y] = getBezierPath(props);
    return [path, x, y];
  }
  const { sourceX, sourceY, targetX, targetY } = props;
  const curves = curvesOf({ x: sourceX, y: sourceY }, points, { x: targetX, y: targetY });
  return [pathOf(curves), middle.x, middle.y - 18];
}

/** Nearer to each other than this, the targets of two ports leave no room for an edge between them. */
const NEAR = 32;
const LEVEL = 28;
/** A number that is wider than its edge stands above it, so that it hides no port. */
const ABOVE = 22;

/** Whether an edge leads to what stands nearly level with it, beyond a gap no wider than this. */
function spans({ sourceX, sourceY, targetX, targetY }: EdgeProps<FlowEdge>, most: number): boolean {
  const gap = targetX - sourceX;
  return gap >= -HANDLE && gap < most && Math.abs(targetY - sourceY) < LEVEL;
}

/** Of a short edge: where it is pressed, over the ports, and no wider than what they leave of it. */
function Grip({ sourceX, sourceY, targetX, targetY }: EdgeProps<FlowEdge>) {
  const width = Math.max(8, targetX - sourceX);
  const height = LEVEL + Math.abs(targetY - sourceY);
  return <rect className="react-flow__edge-interaction edge-grip" x={(sourceX + targetX - width) / 2} y={(sourceY + targetY - height) / 2} width={width} height={height} />;
}

/** Have what is drawn here lie over the nodes, while it is to. */
function useOver(over: boolean): RefObject<SVGGElement | null> {
  const drawn = useRef<SVGGElement>(null);
  useLayoutEffect(() => {
    const layer = drawn.current?.ownerSVGElement;
    if (!over || !layer) return undefined;
    layer.style.zIndex = "2";
    return () => {
      layer.style.zIndex = "0";
    };
  }, [over]);
  return drawn;
}

/**
 * An edge both of whose ends have moved alike is drawn where it was, and moved: of a whole piece that is dragged,
 * each edge then changes in one place, and no curve is made anew.
 */
function useMoved(now: EdgeProps<FlowEdge>): readonly [EdgeProps<FlowEdge>, string | undefined] {
  const drawn = useRef(now);
  const { sourceX, sourceY, targetX, targetY } = drawn.current;
  const [dx, dy] = [now.sourceX - sourceX, now.sourceY - sourceY];
  const alike = !now.data?.route && now.targetX - targetX === dx && now.targetY - targetY === dy;
  if (!alike) drawn.current = now;
  if (!alike || (!dx && !dy)) return [now, undefined];
  return [{ ...now, sourceX, sourceY, targetX, targetY }, `translate(${dx} ${dy})`];
}

export const ValueEdge = memo(function ValueEdge(given: EdgeProps<FlowEdge>) {
  const [props, moved] = useMoved(given);
  const { id, data, selected } = props;
  const count = useEdgeCount(data?.ends ?? id);
  const stops = useBreakpoint(id) === "edge";
  const tokens = useTokens(id);
  const covered = useCovered(id);
  const aimed = useUi((state) => state.aimed === id);
  const cut = useUi((state) => state.cut.has(id));
  const { name } = data?.route ?? {};
  const direct = !data?.route;
  const short = direct && spans(props, NEAR);
  const wide = direct && count > 1 && spans(props, widthOf(count));
  // The targets of ports would take every press on a short edge, and the cards cut off a wide number.
  const drawn = useOver(short || wide);
  const [points, marks] = useRoutePoints(id, routePoints(data?.route), props.deletable === false);
  const [path, x, y] = name ? ["", 0, 0] : pathOfEdge(props, points);
  const classes = [
    "edge",
    `edge-${data?.type ?? "any"}`,
    count > 0 && "is-lit",
    tokens > 0 && "has-tokens",
    selected && "is-selected",
    aimed && "is-aimed",
    short && "is-short",
    cut && "is-cut",
    data?.missing && "is-missing",
    covered && `is-${covered}`,
  ];
  if (name) {
    return (
      <g className={classes.filter(Boolean).join(" ")} data-testid={`edge-${id}`} data-count={count} data-tokens={tokens} data-covered={covered}>
        <LinkTags name={name} {...props} />
        {stops && <Stop id={id} x={props.sourceX + LINK_GAP} y={props.sourceY - 20} />}
      </g>
    );
  }
  return (
    <g ref={drawn} transform={moved} className={classes.filter(Boolean).join(" ")} data-testid={`edge-${id}`} data-count={count} data-tokens={tokens} data-covered={covered}>
      <BaseEdge id={id} path={path} interactionWidth={short ? 0 : 18} />
      {short && <Grip {...props} />}
      {count > 0 && <path key={count} className="edge-pulse" d={path} pathLength={1} />}
      {count > 1 && <Count x={x} y={y - (wide ? ABOVE : stops ? 20 : 0)} count={count} />}
      {stops && <Stop id={id} x={x} y={y} />}
      {marks}
    </g>
  );
});
