/** An edge as a link: its name at both ends, and nothing in between. */
import { LINK_GAP, LINK_HEIGHT, linkTag } from "../model/routes";

interface Ends {
  sourceX: number;
  sourceY: number;
  targetX: number;
  targetY: number;
}

function Tag({ x, y, side, name }: { x: number; y: number; side: "source" | "target"; name: string }) {
  const { text, width } = linkTag(name);
  const left = side === "source" ? x + LINK_GAP : x - LINK_GAP - width;
  return (
    <g className="edge-link" data-end={side}>
      <title>{`${name}: a double-click leads to its other end`}</title>
      <path className="edge-link-stub" d={`M${x},${y} h${side === "source" ? LINK_GAP : -LINK_GAP}`} />
      <rect x={left} y={y - LINK_HEIGHT / 2} width={width} height={LINK_HEIGHT} rx={LINK_HEIGHT / 2} />
      <text x={left + width / 2} y={y} textAnchor="middle" dominantBaseline="central">
        {text}
      </text>
    </g>
  );
}

export function LinkTags({ name, sourceX, sourceY, targetX, targetY }: Ends & { name: string }) {
  return (
    <>
      <Tag x={sourceX} y={sourceY} side="source" name={name} />
      <Tag x={targetX} y={targetY} side="target" name={name} />
    </>
  );
}
