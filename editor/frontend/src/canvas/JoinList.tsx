/** Joining two ports by keys: choose a port of the node, then where it leads; the canvas shows both. */
import { getBezierPath, Position, useStore } from "@xyflow/react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { type EdgeEnds, edgeText } from "../model/edges";
import { type Join, joinsOf, type OwnPort, ownPorts } from "../model/joins";
import { search } from "../model/search";
import { giveKeys } from "../store/ahead";
import { useDraft } from "../store/document";
import { boxes, drawing, forms, type NodeForm, useForms } from "../store/shapes";
import { openQuickAdd, say, useUi } from "../store/ui";
import { insertConverter } from "./convert";
import { join, part } from "./edit";
import { bringIntoView, focusNode, pointerOnScreen } from "./view";

/** More than anybody looks through; of a large drawing, the rest would be a thousand lines. */
const MOST_SHOWN = 60;

const close = (): void => useUi.setState({ joining: null });

function nameOf(form: NodeForm | undefined): string {
  return form?.node.title || form?.spec?.title || form?.node.id || "";
}

/** The edge as it would be. */
function Preview({ ends }: { ends: EdgeEnds }) {
  const [x, y, zoom] = useStore((state) => state.transform);
  const places = boxes(new Set([ends.source, ends.target]));
  const at = (node: string, side: "inputs" | "outputs", port: string): [number, number] | undefined => {
    const box = places.find((place) => place.id === node);
    const place = forms().get(node)?.shape[side].find((one) => one.port.name === port);
    if (!box || !place) return undefined;
    return [(box.x + (side === "outputs" ? box.width : 0)) * zoom + x, (box.y + place.y) * zoom + y];
  };
  const from = at(ends.source, "outputs", ends.sourcePort);
  const to = at(ends.target, "inputs", ends.targetPort);
  if (!from || !to) return null;
  const [path] = getBezierPath({
    sourceX: from[0],
    sourceY: from[1],
    sourcePosition: Position.Right,
    targetX: to[0],
    targetY: to[1],
    targetPosition: Position.Left,
  });
  return (
    <svg className="join-preview" aria-hidden>
      <path d={path} />
      <circle cx={from[0]} cy={from[1]} r={7} />
      <circle cx={to[0]} cy={to[1]} r={7} />
    </svg>
  );
}

interface Choice {
  key: string;
  words: string;
  detail: string;
  type: string;
  perform: () => void;
}

interface ListProps {
  label: string;
  choices: readonly Choice[];
  /** How many others there are that are not shown. */
  more: number;
  index: number;
  onIndex: (index: number) => void;
  query: string;
  onQuery: (query: string) => void;
  onBack: () => void;
}

function Choices({ label, choices, more, index, onIndex, query, onQuery, onBack }: ListProps) {
  const active = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" });
  }, [index]);
  useLayoutEffect(giveKeys, []);
  const step = (way: number): void => onIndex((index + way + choices.length) % choices.length);
  return (
    <div className="join-list quick-add" role="dialog" aria-label="Join by keys" data-testid="join-list">
      <input
        autoFocus
        type="text"
        role="combobox"
        aria-expanded
        aria-controls="join-choices"
        aria-activedescendant={choices[index] ? `join-${index}` : undefined}
        aria-label={label}
        placeholder={label}
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onBlur={close}
        onKeyDown={(event) => {
          if (event.key === "Escape") onBack();
          else if (event.key === "ArrowDown" && choices.length) step(1);
          else if (event.key === "ArrowUp" && choices.length) step(-1);
          else if (event.key === "Enter") choices[index]?.perform();
          else if (event.key !== "Tab") return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <ul id="join-choices" role="listbox" aria-label={label}>
        {choices.map((choice, at) => (
          <li
            key={choice.key}
            id={`join-${at}`}
            ref={at === index ? active : null}
            role="option"
            aria-selected={at === index}
            className={at === index ? "is-active" : ""}
            onPointerDown={(event) => event.preventDefault()}
            onPointerMove={() => onIndex(at)}
            onClick={choice.perform}
          >
            <span className={`join-port edge edge-${choice.type}`} aria-hidden />
            <span className="kind-title">{choice.words}</span>
            <span className="join-detail">{choice.detail}</span>
          </li>
        ))}
        {!choices.length && <li className="quick-none">Nothing fits.</li>}
      </ul>
      {more > 0 && <p className="join-more">{more.toLocaleString("en")} more: type a part of a name.</p>}
      <p className="join-keys" aria-hidden>
        <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> take <kbd>Esc</kbd> back
      </p>
    </div>
  );
}

export function JoinList({ node }: { node: string }) {
  const all = useForms();
  const edges = useDraft((state) => state.edges);
  const own = useMemo(() => ownPorts(drawing, node), [node, all]);
  const only = own.length === 1 ? own[0] : undefined;
  const [chosen, setChosen] = useState<OwnPort | undefined>(only);
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const joins = useMemo(
    () => (chosen ? joinsOf(drawing, node, chosen, boxes(), [...useDraft.getState().types.values()]) : []),
    [chosen, node, all, edges],
  );
  const leave = (): void => {
    close();
    focusNode(node);
  };
  const toggle = ({ ends, joined, node: other, by }: Join): void => {
    if (by) {
      insertConverter(by, ends);
      return leave();
    }
    // Where the keys go is laid out by now; after the change all of it would be, and then once more.
    leave();
    const done = joined ? part(edgeText(ends)) : join(ends);
    if (done) say(`${joined ? "Parted from" : "Joined to"} ${nameOf(all.get(other))}`);
  };
  const found = search(joins, query, (each) => [
    { text: nameOf(all.get(each.node)), weight: 1 },
    { text: each.node, weight: 0.8 },
    { text: each.port.title, weight: 0.6 },
  ]);
  const shown = found.slice(0, MOST_SHOWN);
  const target = chosen && shown[index];
  useEffect(() => {
    if (target) bringIntoView(target.node);
  }, [target?.node]);

  const ports = search(own, query, ({ port }) => [{ text: port.title, weight: 1 }]).map(
    (each): Choice => ({
      key: `${each.side}-${each.port.name}`,
      words: `${each.side === "output" ? "Output" : "Input"} “${each.port.title}”`,
      detail: each.port.type,
      type: each.port.type,
      perform: () => {
        setChosen(each);
        setQuery("");
        setIndex(0);
      },
    }),
  );
  const targets = shown.map(
    (each): Choice => ({
      key: `${edgeText(each.ends)} ${each.by?.spec.kind ?? ""} ${each.by?.title ?? ""}`,
      words: `${nameOf(all.get(each.node))} “${each.port.title}”`,
      detail: each.joined ? "joined: Enter parts them" : each.by ? `insert “${each.by.title}”` : each.node,
      type: each.port.type,
      perform: () => toggle(each),
    }),
  );
  const fresh: Choice = {
    key: "new",
    words: "A new node…",
    detail: "",
    type: "any",
    perform: () => {
      close();
      if (chosen) openQuickAdd({ ...pointerOnScreen(), from: { node, ...chosen } });
    },
  };
  return (
    <>
      {target && <Preview ends={target.ends} />}
      <Choices
        key={chosen ? "targets" : "ports"}
        label={
          chosen
            ? `Where does “${chosen.port.title}” ${chosen.side === "output" ? "lead" : "come from"}?`
            : `Which port of “${nameOf(all.get(node))}”?`
        }
        choices={chosen ? [...targets, fresh] : ports}
        more={chosen ? found.length - shown.length : 0}
        index={index}
        onIndex={setIndex}
        query={query}
        onQuery={(text) => {
          setQuery(text);
          setIndex(0);
        }}
        onBack={() => {
          if (!chosen || only) leave();
          else {
            setChosen(undefined);
            setQuery("");
            setIndex(0);
          }
        }}
      />
    </>
  );
}
