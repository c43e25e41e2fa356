/** The values that a node's expressions can read, as a tree to drag from, press or insert by keys. */
import { ChevronRight, CornerDownLeft } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import { type Evaluation, membersOf, type Sight, useAnswer, useSight } from "./ask";
import { type Member, pathOf } from "./options";
import { insertPath, PATH } from "./taking";

interface RowProps {
  sight: Sight;
  moment: string;
  keys: readonly (string | number)[];
  member: Member;
  level: number;
}

/** Names that are looked at less often come folded; what is only about other ports is left out. */
const ROOTS = ["input", "item", "nodes", "run", "vars"];

/** Of lists the first item stands for all; the others are counted. */
function listed(found: Evaluation): readonly Member[] {
  const members = found.members ?? [];
  return found.owner?.type === "list" ? members.slice(0, 1) : members;
}

function Row({ sight, moment, keys, member, level }: RowProps) {
  const branch = member.type === "object" || member.type === "list";
  const [open, setOpen] = useState(level === 1 && (keys[0] === "input" || keys[0] === "item"));
  const path = pathOf(keys);
  const group = keys.length === 1 && keys[0] === "nodes";
  const press = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === "ArrowRight" && branch && !open) setOpen(true);
    else if (event.key === "ArrowLeft" && open) setOpen(false);
    else if (event.key === "ArrowLeft") event.currentTarget.parentElement?.parentElement?.closest("li")?.querySelector<HTMLElement>(".tree-row")?.focus();
    else if ((event.key === "Enter" || event.key === " ") && !group) insertPath(path);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <li role="none">
      <div
        className="tree-row"
        role="treeitem"
        aria-level={level}
        aria-expanded={branch ? open : undefined}
        aria-selected={false}
        aria-label={`${path}, ${member.type}${member.sample ? `, ${member.sample}` : ""}`}
        tabIndex={-1}
        draggable={!group}
        data-expected={member.expected || undefined}
        title={member.expected ? `${path}: no run has given this yet` : path}
        style={{ paddingLeft: 4 + (level - 1) * 14 }}
        onKeyDown={press}
        onDragStart={(event) => {
          event.dataTransfer.setData(PATH, path);
          event.dataTransfer.setData("text/plain", `{{ ${path} }}`);
          event.dataTransfer.effectAllowed = "copy";
        }}
        data-testid={`value-${path}`}
      >
        <span
          className="tree-fold"
          aria-hidden
          data-open={open}
          // The press opens; the keys do it at the row itself.
          onClick={() => branch && setOpen(!open)}
        >
          {branch && <ChevronRight size={12} />}
        </span>
        <span className="tree-name" onClick={() => branch && setOpen(!open)}>
          {String(keys.at(-1))}
        </span>
        <span className="tree-sample">{member.sample}</span>
        <span className="tree-type" data-type={member.type}>
          {member.type}
        </span>
        {!group && (
          <button
            type="button"
            className="small-tool"
            tabIndex={-1}
            aria-hidden
            title="Insert into the field (Enter)"
            // The field keeps the caret that says where.
            onPointerDown={(event) => event.preventDefault()}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => insertPath(path)}
            data-testid={`insert-${path}`}
          >
            <CornerDownLeft size={12} aria-hidden />
          </button>
        )}
      </div>
      {open && branch && <Inside sight={sight} moment={moment} keys={keys} level={level + 1} />}
    </li>
  );
}

function Inside({ sight, moment, keys, level }: Omit<RowProps, "member">) {
  const path = pathOf(keys);
  const found = useAnswer(() => membersOf(sight, moment, path), JSON.stringify([sight, moment, path]), 0);
  if (!found) return null;
  const members = listed(found);
  if (members.length === 0) return <p className="tree-empty" style={{ paddingLeft: 4 + level * 14 }}>empty</p>;
  return (
    <ul role="group">
      {members.map((member) => (
        <Row key={member.key} sight={sight} moment={moment} keys={[...keys, member.key]} member={member} level={level} />
      ))}
    </ul>
  );
}

/** Up and down walk through the rows that are open; one of them is in the order of Tab. */
function walk(event: KeyboardEvent<HTMLUListElement>): void {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (way === undefined) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(".tree-row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + way))]?.focus();
  event.preventDefault();
  event.stopPropagation();
}

export function InputPanel({ node }: { node: string }) {
  const { sight, moment } = useSight(node, "");
  const list = useRef<HTMLUListElement>(null);
  const found = useAnswer(() => membersOf(sight, moment, ""), JSON.stringify([sight, moment]), 0);
  const roots = ROOTS.flatMap((name) => found?.members?.filter((member) => member.key === name) ?? []);
  useEffect(() => {
    const rows = list.current?.querySelectorAll<HTMLElement>(".tree-row") ?? [];
    if (![...rows].some((row) => row.tabIndex === 0)) rows[0]?.setAttribute("tabindex", "0");
  });
  if (!found) return <p className="tree-empty">Loading…</p>;
  return (
    <>
      {found.origin === "none" && <p className="tree-note">No run has given values yet. What is known before one is in italics.</p>}
      <ul ref={list} className="tree" role="tree" aria-label="Values to use" onKeyDown={walk}>
        {roots.map((member) => (
          <Row key={member.key} sight={sight} moment={moment} keys={[member.key]} member={member} level={1} />
        ))}
      </ul>
    </>
  );
}
