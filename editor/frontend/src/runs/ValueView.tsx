/** A JSON value as a tree that folds, as a table, as text or as a schema, with a button that copies it. */
import { Check, ChevronRight, Copy } from "lucide-react";
import { useState } from "react";
import { create } from "zustand";

import { ApiError } from "../api/http";
import { cutOf, cutsIn } from "../model/cut";
import type { Json } from "../model/types";
import { say } from "../store/ui";
import { JsonText } from "./JsonText";
import { useLarge } from "./large";
import { LargeValue } from "./LargeValue";
import { ValueSchema } from "./ValueSchema";
import { ValueTable } from "./ValueTable";

const LONG_TEXT = 160;
const PAGE = 50;
/** Of a value that is copied, in bytes: clipboards take more only slowly. */
const MOST_COPIED = 20_000_000;

/** What a folded value shows of itself. */
export function preview(value: Json): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 item" : `${value.length} items`;
  if (value !== null && typeof value === "object") {
    const keys = Object.keys(value);
    const some = keys.slice(0, 4).join(", ");
    return keys.length === 0 ? "empty" : keys.length > 4 ? `${some}, … (${keys.length})` : some;
  }
  return JSON.stringify(value);
}

function LongText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG_TEXT;
  return (
    <span className="value-text">
      {JSON.stringify(open || !long ? text : text.slice(0, LONG_TEXT)).slice(0, open || !long ? undefined : -1)}
      {long && (
        <button type="button" className="value-more" onClick={() => setOpen(!open)}>
          {open ? "less" : `… ${text.length - LONG_TEXT} more`}
        </button>
      )}
    </span>
  );
}

function Leaf({ value }: { value: Json }) {
  if (typeof value === "string") return <LongText text={value} />;
  const kind = value === null ? "null" : typeof value;
  return <span className={`value-${kind}`}>{String(value)}</span>;
}

interface BranchProps {
  name: string | null;
  value: Json;
  depth: number;
}

export function Branch({ name, value, depth }: BranchProps) {
  const [open, setOpen] = useState(depth < 2);
  const [shown, setShown] = useState(PAGE);
  const label = name === null ? null : <span className="value-name">{name}</span>;
  const cut = cutOf(value);
  if (cut) return <LargeValue name={name} cut={cut} depth={depth} />;
  if (value === null || typeof value !== "object") {
    return (
      <div className="value-row">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  const parts: [string, Json][] = Array.isArray(value)
    ? value.map((item, index) => [String(index), item])
    : Object.entries(value);
  const signs = Array.isArray(value) ? "[ ]" : "{ }";
  return (
    <div className="value-branch">
      <button
        type="button"
        className="value-row value-fold"
        aria-expanded={open}
        disabled={parts.length === 0}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={12} className="value-arrow" aria-hidden />
        {label}
        <span className="value-signs">{signs}</span>
        {(!open || parts.length === 0) && <span className="value-preview">{preview(value)}</span>}
      </button>
      {open && parts.length > 0 && (
        <div className="value-parts">
          {parts.slice(0, shown).map(([key, part]) => (
            <Branch key={key} name={key} value={part} depth={depth + 1} />
          ))}
          {parts.length > shown && (
            <button type="button" className="value-more" onClick={() => setShown(shown + PAGE * 4)}>
              {parts.length - shown} more
            </button>
          )}
        </div>
      )}
    </div>
  );
}

export function CopyButton({ text, label }: { text: () => string | Promise<string>; label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
    } catch (error) {
      if (error instanceof ApiError) say(error.message, "danger");
      return; // else the browser forbids it outside secure pages; the text can be selected
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" className="small-tool" aria-label={label} title={label} onClick={() => void copy()}>
      {copied ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />}
    </button>
  );
}

interface Props {
  title: string;
  value: Json;
  testId?: string;
}

type Form = "tree" | "table" | "json" | "schema";

const FORMS: readonly { name: Form; label: string; title: string }[] = [
  { name: "tree", label: "Tree", title: "Show as a tree" },
  { name: "table", label: "Table", title: "Show as a table" },
  { name: "json", label: "JSON", title: "Show as JSON text" },
  { name: "schema", label: "Schema", title: "Show which keys there are, and of what type" },
];

/** What was chosen for one value is how the next one is shown. */
const useForm = create<{ form: Form }>(() => ({ form: "tree" }));

export function ValueView({ title, value, testId }: Props) {
  const form = useForm((state) => state.form);
  const { wholeOf } = useLarge();
  const cuts = cutsIn(value);
  const copyable = cuts.reduce((sum, { size }) => sum + size, 0) <= MOST_COPIED;
  const text = async (): Promise<string> => JSON.stringify(cuts.length ? await wholeOf(value) : value, null, 2);
  return (
    <section className="value-view" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <div className="value-forms" role="group" aria-label={`How ${title.toLowerCase()} is shown`}>
          {FORMS.map(({ name, label, title: about }) => (
            <button key={name} type="button" aria-pressed={form === name} title={about} onClick={() => useForm.setState({ form: name })}>
              {label}
            </button>
          ))}
        </div>
        {copyable && <CopyButton text={text} label={`Copy ${title.toLowerCase()}`} />}
      </header>
      <div className="value-body" data-testid={testId}>
        {form === "tree" && <Branch name={null} value={value} depth={0} />}
        {form === "table" && <ValueTable value={value} />}
        {form === "json" && <JsonText value={value} />}
        {form === "schema" && <ValueSchema value={value} />}
      </div>
    </section>
  );
}
