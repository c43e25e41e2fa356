/** The left panel: all node types, to be searched, dragged onto the canvas, or added by a press. */
import { Search, X } from "lucide-react";
import { type KeyboardEvent, memo, useMemo, useRef, useState } from "react";

import { DRAGGED_KIND, dragged } from "../canvas/drag";
import { hueStyle } from "../canvas/category";
import { addNode } from "../canvas/edit";
import { NodeIcon } from "../canvas/icons";
import { centreOfCanvas } from "../canvas/view";
import { plainWords } from "../model/sentences";
import type { NodeSpec } from "../model/types";
import { useDraft } from "../store/document";
import { useUsed } from "../store/used";
import { byCategory, findKinds, oftenUsed } from "./kinds";

function addInMiddle(kind: string): void {
  addNode(kind, centreOfCanvas());
}

/** Arrows walk through the items, as in a list. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (!step) return;
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-kind], input")];
  const next = items[items.indexOf(document.activeElement as HTMLElement) + step];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}

const Item = memo(function Item({ spec, name = "palette" }: { spec: NodeSpec; name?: string }) {
  return (
    <li>
      <button
        type="button"
        className="palette-item"
        style={hueStyle(spec.category)}
        draggable
        title={plainWords(spec.description)}
        data-kind={spec.kind}
        data-testid={`${name}-${spec.kind}`}
        onDragStart={(event) => {
          event.dataTransfer.setData(DRAGGED_KIND, spec.kind);
          event.dataTransfer.effectAllowed = "copy";
          dragged.kind = spec.kind;
        }}
        onClick={(event) => {
          // Who presses twice, as elsewhere, means one node.
          if (event.detail < 2) addInMiddle(spec.kind);
        }}
      >
        <span className="kind-icon">
          <NodeIcon name={spec.icon} size={16} />
        </span>
        <span className="kind-title">{spec.title}</span>
      </button>
    </li>
  );
});

export function Palette() {
  const types = useDraft((state) => state.types);
  const used = useUsed((state) => state.used);
  const [query, setQuery] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const groups = useMemo(() => {
    const found = findKinds(types.values(), query, used);
    return query.trim() ? [["Found", found] as [string, NodeSpec[]]] : byCategory(found);
  }, [types, query, used]);
  const often = useMemo(() => (query.trim() ? [] : oftenUsed(types.values(), used)), [types, query, used]);
  const count = groups.reduce((sum, [, specs]) => sum + specs.length, 0);
  const first = groups[0]?.[1][0];
  return (
    <nav className="palette" aria-label="Nodes" onKeyDown={walk}>
      <div className="palette-search">
        <Search size={15} aria-hidden />
        <input
          ref={field}
          type="text"
          role="searchbox"
          placeholder="Search nodes"
          aria-label="Search nodes"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setQuery("");
            if (event.key === "Enter" && query.trim() && first) addInMiddle(first.kind);
          }}
          data-testid="palette-search"
        />
        {query && (
          <button
            type="button"
            className="clear"
            aria-label="Clear the search"
            onClick={() => {
              setQuery("");
              field.current?.focus();
            }}
          >
            <X size={14} aria-hidden />
          </button>
        )}
      </div>
      <div className="palette-list">
        {often.length > 0 && (
          <section aria-label="Often used">
            <h2>Often used</h2>
            <ul>
              {often.map((spec) => (
                <Item key={spec.kind} spec={spec} name="often" />
              ))}
            </ul>
          </section>
        )}
        {groups.map(([category, specs]) =>
          specs.length ? (
            <section key={category} aria-label={category}>
              <h2>{category}</h2>
              <ul>
                {specs.map((spec) => (
                  <Item key={spec.kind} spec={spec} />
                ))}
              </ul>
            </section>
          ) : null,
        )}
        {count === 0 && <p className="palette-none">No node answers to “{query}”.</p>}
      </div>
    </nav>
  );
}
