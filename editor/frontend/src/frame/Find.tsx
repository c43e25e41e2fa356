/** Find in the drawing: in names, kinds, parameters, notes, and the values of the shown run. */
import { StickyNote } from "lucide-react";
import { useMemo, useState } from "react";

import { hueStyle } from "../canvas/category";
import { NodeIcon } from "../canvas/icons";
import { reveal } from "../canvas/view";
import { type Findable, find, type Hit, namesakes, type Text, textsOf } from "../model/find";
import { entryOf } from "../model/own";
import type { NodeSpec } from "../model/types";
import { useDraft } from "../store/document";
import { stepOf } from "../store/runs";
import { select } from "../store/selection";
import { nodeStatuses } from "../store/statuses";
import { showDialog } from "../store/ui";
import { Dialog } from "./Dialog";
import { PickList } from "./PickList";

/** What a node gave, or failed with, last in the run on the canvas. */
function* values(id: string): Iterable<Text> {
  const step = stepOf(nodeStatuses.get(id)?.lastStep ?? "");
  if (!step) return;
  if (step.error) yield { where: "error", text: step.error.message };
  for (const [port, value] of Object.entries(step.outputs)) yield* textsOf(value, `output ${port}`);
  for (const line of step.log) yield { where: "log", text: line.message };
}

/** A parameter as the form and as the document call it. */
function labelled(name: string, spec: NodeSpec | undefined): string {
  const title = entryOf(spec?.parameters.properties, name)?.title;
  return title ? `${title} · ${name}` : name;
}

function* findables(): Iterable<Findable> {
  const { nodes, notes, types } = useDraft.getState();
  for (const { id, kind, title, parameters } of nodes) {
    const spec = types.get(kind);
    const texts = function* (): Iterable<Text> {
      yield { where: "name", text: title || spec?.title || kind };
      yield { where: "id", text: id };
      yield { where: "kind", text: spec ? `${spec.title} · ${kind}` : kind };
      for (const [name, value] of Object.entries(parameters)) yield* textsOf(value, `parameter ${name}`);
      yield* values(id);
      for (const name of Object.keys(parameters)) yield { where: "parameter", text: labelled(name, spec) };
    };
    yield { id, name: title || spec?.title || kind, texts: texts() };
  }
  for (const { id, text } of notes) yield { id, name: "Note", texts: [{ where: "note", text }] };
}

/** The kind of a node in words, beside the name in which the query was found. */
function kindOf(id: string): string {
  const { nodesById, types } = useDraft.getState();
  const kind = nodesById.get(id)?.kind ?? "";
  return types.get(kind)?.title ?? kind;
}

/** What is shown of a node whatever was found in it; a note has nothing that it is called by. */
function told({ id, name }: Hit): string {
  return useDraft.getState().nodesById.has(id) ? `${name}\n${kindOf(id)}` : id;
}

function Picture({ id }: { id: string }) {
  const node = useDraft.getState().nodesById.get(id);
  const spec = node && useDraft.getState().types.get(node.kind);
  if (!node) return <StickyNote size={15} aria-hidden />;
  return (
    <span className="find-icon" style={hueStyle(spec?.category)}>
      <NodeIcon name={spec?.icon ?? ""} size={15} />
    </span>
  );
}

export function Find() {
  const [query, setQuery] = useState("");
  const hits = useMemo(() => find(findables(), query), [query]);
  const twins = useMemo(() => namesakes(hits, told), [hits]);
  return (
    <Dialog title="Find in the drawing" onClose={() => showDialog(null)} testId="find">
      <PickList
        label="Find in the drawing"
        placeholder="A name, a parameter, a value …"
        none={query.trim() ? "Nothing in the drawing has that." : "Names, kinds, parameters, notes, and the last values of the run."}
        query={query}
        onQuery={setQuery}
        items={hits}
        keyOf={(hit) => hit.id}
        onChoose={(hit) => {
          showDialog(null);
          select([hit.id]);
          reveal(hit.id);
        }}
        show={({ id, name, where, excerpt: [before, found, after] }) => (
          <>
            <Picture id={id} />
            {where === "name" ? (
              <>
                <span className="find-name">
                  {before}
                  <mark>{found}</mark>
                  {after}
                </span>
                {twins.has(id) && <code className="find-id">{id}</code>}
                <span className="find-place">{kindOf(id)}</span>
              </>
            ) : (
              <>
                <span className="find-name">{name}</span>
                {twins.has(id) && where !== "id" && <code className="find-id">{id}</code>}
                <span className="find-place">
                  <span className="find-where">{where}</span>
                  {before}
                  <mark>{found}</mark>
                  {after}
                </span>
              </>
            )}
          </>
        )}
      />
    </Dialog>
  );
}
