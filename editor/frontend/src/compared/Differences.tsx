/** The list of what two runs do not have in common, as it comes up; each entry leads to its place. */
import { ChevronDown, ChevronUp, GitFork, X } from "lucide-react";
import { Fragment, useEffect } from "react";

import { Tool } from "../actions/Tool";
import { shortDuration } from "../runs/format";
import { useWindow } from "../runs/useWindow";
import { leaveComparing, lookAtNext, lookAtNode, useCompared } from "../store/compared";
import { useDraft } from "../store/document";
import { NAMES, SignBadge } from "../versions/signs";
import { isWhole, type Side, useTwoRuns } from "./state";
import type { EdgeDifference, NodeDifference, TwoRuns } from "./twoRuns";
import { differenceWords, partingWords, SIGN_WORDS } from "./words";
import { entryOf } from "../model/own";

const ROW = 30;
/** More nodes are counted, not named. */
const NAMED = 5;

/** Where an entry leads: its node, or the one that its edge goes to. */
export function placeOf(one: NodeDifference | EdgeDifference): string {
  return one.kind === "node" ? one.node : one.edge.split(" -> ")[1]?.split(".")[0] ?? "";
}

function useTitleOf(): (node: string) => string {
  const types = useDraft((state) => state.types);
  const sides = useTwoRuns((state) => state.sides);
  return (id) => {
    const node = entryOf(sides?.[1].document.nodes, id) ?? entryOf(sides?.[0].document.nodes, id);
    return node?.title || types.get(node?.kind ?? "")?.title || id;
  };
}

function Row({ one, top, title }: { one: NodeDifference | EdgeDifference; top: number; title: string }) {
  const node = useCompared((state) => state.node);
  const place = placeOf(one);
  const chosen = one.kind === "node" && node === one.node;
  const [earlier, later] = one.kind === "node" ? one.durations : [0, 0];
  return (
    <li style={{ top }} className={`difference ${NAMES[one.sign]}`} data-testid={`difference-${one.kind === "node" ? one.node : one.edge}`}>
      <button type="button" aria-current={chosen || undefined} onClick={() => lookAtNode(place)}>
        <SignBadge sign={one.sign} word={SIGN_WORDS[one.sign]} />
        <span className="difference-title">
          {one.kind === "node" ? (
            <>
              {title} <code>{one.node}</code>
            </>
          ) : (
            <code>{one.edge.replace(" -> ", " → ").replace(/\.$/, "")}</code>
          )}
        </span>
        <span className="difference-what">
          {one.kind === "node" ? differenceWords(one) : `carried ${one.count === 1 ? "a token" : `${one.count} tokens`} only in the ${one.sign === "+" ? "later" : "earlier"} run`}
        </span>
        <span className="difference-time" title="Duration in the earlier run, and in the later one">
          {one.kind === "node" && one.sign === "~" && `${shortDuration(earlier)} → ${shortDuration(later)}`}
        </span>
      </button>
    </li>
  );
}

/** The nodes that the two drawings do not have in common, whether or not it made a difference. */
function DrawnOtherwise() {
  const changes = useTwoRuns((state) => state.changes);
  const titleOf = useTitleOf();
  const nodes = [...changes.keys()];
  if (!nodes.length) return null;
  return (
    <span className="differences-same" data-testid="drawn-otherwise-in-all">
      {" "}
      Drawn otherwise:{" "}
      {nodes.slice(0, NAMED).map((node, index) => (
        <Fragment key={node}>
          {index > 0 && ", "}
          <button type="button" className="why-node" onClick={() => lookAtNode(node)}>
            {titleOf(node)}
          </button>
        </Fragment>
      ))}
      {nodes.length > NAMED && ` and ${nodes.length - NAMED} more`}.
    </span>
  );
}

function Summary({ found, sides }: { found: TwoRuns; sides: readonly [Side, Side] }) {
  const { parting, differences, same } = found;
  const alike = `${same.nodes} ${same.nodes === 1 ? "node" : "nodes"} and ${same.edges} ${same.edges === 1 ? "edge" : "edges"} are the same`;
  return (
    <p className="differences-summary" role="status" data-testid="differences-summary">
      {parting ? (
        <>
          <GitFork size={14} aria-hidden /> The runs part at{" "}
          <button type="button" className="why-node" onClick={() => lookAtNode(parting.node, parting.path)} data-testid="parting">
            {parting.path}
          </button>
          : {partingWords(parting, found, sides)}.{" "}
        </>
      ) : (
        differences.length === 0 && <span>{sides.every(isWhole) ? "Both runs did the same." : "So far both runs did the same."} </span>
      )}
      <span className="differences-same">{alike}.</span>
      <DrawnOtherwise />
    </p>
  );
}

export function Differences() {
  const found = useTwoRuns((state) => state.found);
  const sides = useTwoRuns((state) => state.sides);
  const node = useCompared((state) => state.node);
  const titleOf = useTitleOf();
  const { frame, onScroll, from, to, reveal } = useWindow(ROW);
  const all = found?.differences ?? [];
  const chosen = all.findIndex((one) => one.kind === "node" && one.node === node);
  useEffect(() => {
    if (chosen >= 0) reveal(chosen);
  }, [chosen]);
  return (
    <div className="shown-run" data-testid="differences">
      <div className="run-views">
        <h2 className="differences-head">
          Differences
          {found && <span className="tab-count">{all.length}</span>}
        </h2>
        <Tool label="Difference before" action="difference-before" icon={ChevronUp} disabled={!all.length} onClick={() => lookAtNext(-1)} />
        <Tool label="Next difference" action="difference-after" icon={ChevronDown} disabled={!all.length} onClick={() => lookAtNext(1)} />
        <Tool label="Leave the comparison" action="leave-comparing" icon={X} onClick={leaveComparing} testId="leave-comparing" />
      </div>
      {found && sides ? <Summary found={found} sides={sides} /> : <p className="panel-empty">Comparing…</p>}
      <div className="differences" ref={frame} onScroll={onScroll}>
        <ol aria-label="Differences, as they come up" style={{ height: all.length * ROW }}>
          {all.slice(from, to).map((one, index) => (
            <Row key={one.kind === "node" ? one.node : one.edge} one={one} top={(from + index) * ROW} title={titleOf(placeOf(one))} />
          ))}
        </ol>
      </div>
    </div>
  );
}
