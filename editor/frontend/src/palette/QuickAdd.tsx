/** The list of nodes at the pointer: type a few letters, Enter adds the node and joins it. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { hueStyle } from "../canvas/category";
import { addNode, fitsInto, wrapSelection } from "../canvas/edit";
import { NodeIcon } from "../canvas/icons";
import { kindsFor, swapKind } from "../canvas/swap";
import { bringIntoView, toFlow } from "../canvas/view";
import { plainWords } from "../model/sentences";
import type { NodeSpec } from "../model/types";
import { giveKeys } from "../store/ahead";
import { useDraft } from "../store/document";
import { openQuickAdd, type QuickAdd as Request, useUi } from "../store/ui";
import { useUsed } from "../store/used";
import { byCategory, findKinds, fitting, triggersLast, usedFirst } from "./kinds";

const WIDTH = 320;
const HEIGHT = 380;
const MARGIN = 12;

function offered({ wrap, swap, from, onEdge }: Request, all: NodeSpec[]): NodeSpec[] {
  if (swap) return kindsFor(swap, all);
  if (onEdge !== undefined) return all.filter((spec) => fitsInto(spec, onEdge));
  return wrap ? all.filter((spec) => spec.begins.length > 0) : fitting(all, from);
}

function placeholder({ wrap, swap, from, onEdge }: Request): string {
  if (onEdge !== undefined) return "Insert into the edge…";
  if (swap) return "Make it a…";
  if (wrap) return "Wrap in…";
  return from ? `Nodes that fit “${from.port.title}”` : "Add a node…";
}

function List({ request }: { request: Request }) {
  const types = useDraft((state) => state.types);
  const starts = useDraft((state) => state.nodes.some((node) => state.types.get(node.kind)?.trigger));
  const used = useUsed((state) => state.used);
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const active = useRef<HTMLLIElement>(null);
  const found = useMemo(
    () => {
      const all = byCategory([...types.values()]).flatMap(([, specs]) => specs);
      const kinds = offered(request, all);
      return query.trim() ? findKinds(kinds, query, used) : usedFirst(starts ? triggersLast(kinds) : kinds, used);
    },
    [types, starts, request, query, used],
  );
  const left = Math.max(MARGIN, Math.min(request.x, window.innerWidth - WIDTH - MARGIN));
  const top = Math.max(MARGIN, Math.min(request.y, window.innerHeight - HEIGHT - MARGIN));
  useLayoutEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" });
  }, [index]);
  useEffect(() => {
    setIndex(0);
  }, [query]);
  useLayoutEffect(giveKeys, [request]);

  const add = (spec: NodeSpec | undefined): void => {
    if (!spec) return;
    openQuickAdd(null);
    if (request.swap) {
      swapKind(request.swap, spec.kind);
      return;
    }
    if (request.wrap) {
      wrapSelection(spec.kind);
      return;
    }
    const { from, onEdge } = request;
    const id = addNode(spec.kind, { ...toFlow(request), ...(from ? { from } : {}), ...(onEdge === undefined ? {} : { onEdge }) });
    if (id) bringIntoView(id);
  };
  const move = (step: number): void => {
    if (found.length) setIndex((now) => (now + step + found.length) % found.length);
  };
  return (
    <div className="scrim" onPointerDown={() => openQuickAdd(null)} onContextMenu={(e) => e.preventDefault()}>
      <div
        className="quick-add"
        role="dialog"
        aria-label={request.swap ? "Another kind" : "Add a node"}
        style={{ left, top, width: WIDTH, maxHeight: HEIGHT }}
        onPointerDown={(event) => event.stopPropagation()}
        data-testid="quick-add-list"
      >
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-expanded
          aria-controls="quick-add-kinds"
          aria-activedescendant={found[index] ? `quick-${found[index].kind}` : undefined}
          aria-label="Search nodes"
          placeholder={placeholder(request)}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") openQuickAdd(null);
            else if (event.key === "ArrowDown") move(1);
            else if (event.key === "ArrowUp") move(-1);
            else if (event.key === "Enter") add(found[index]);
            else if (event.key === "Tab") leaveByTab(event.shiftKey);
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
          data-testid="quick-add-search"
        />
        <ul id="quick-add-kinds" role="listbox" aria-label="Nodes">
          {found.map((spec, at) => (
            <li
              key={spec.kind}
              id={`quick-${spec.kind}`}
              ref={at === index ? active : null}
              role="option"
              aria-selected={at === index}
              className={at === index ? "is-active" : ""}
              style={hueStyle(spec.category)}
              onPointerMove={() => setIndex(at)}
              onClick={() => add(spec)}
              data-testid={`quick-${spec.kind}`}
            >
              <span className="kind-icon">
                <NodeIcon name={spec.icon} size={16} />
              </span>
              <span className="quick-words">
                <span className="kind-title">{spec.title}</span>
                <span className="kind-about">{plainWords(spec.description)}</span>
              </span>
            </li>
          ))}
          {!found.length && <li className="quick-none">Nothing fits.</li>}
        </ul>
      </div>
    </div>
  );
}

/** Tab, which opens the list over the canvas, leads on from it: to the first of the page, or back to the last. */
function leaveByTab(back: boolean): void {
  openQuickAdd(null);
  const all = document.querySelectorAll<HTMLElement>(".editor :is(a[href], button:not(:disabled), input)");
  (back ? all[all.length - 1] : all[0])?.focus();
}

export function QuickAdd() {
  const request = useUi((state) => state.quickAdd);
  return request ? <List key={`${request.x},${request.y}`} request={request} /> : null;
}
