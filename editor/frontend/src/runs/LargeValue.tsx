/** A large value in the tree of values: it opens page by page, and is downloaded as a whole. */
import { ChevronLeft, ChevronRight, Download } from "lucide-react";
import { useRef, useState } from "react";

import { ApiError } from "../api/http";
import type { Cut } from "../model/cut";
import { say } from "../store/ui";
import { bytes, type Page, useLarge } from "./large";
import { Branch } from "./ValueView";

/** So many are read at a time. */
export const PARTS = { list: 50, object: 50, text: 5000, other: 1 };
export const UNITS = { list: "items", object: "keys", text: "characters", other: "" };
const SIGNS = { list: "[ ]", object: "{ }", text: "“ ”", other: "" };

interface PagerProps {
  page: Pick<Page, "offset" | "length">;
  count: number;
  limit: number;
  unit: string;
  onGo: (offset: number) => void;
}

export function Pager({ page: { offset, length }, count, limit, unit, onGo }: PagerProps) {
  const last = Math.max(0, length - 1);
  return (
    <div className="value-pager" role="group" aria-label={`Pages of ${unit}`}>
      <button
        type="button"
        className="small-tool"
        aria-label="Previous page"
        disabled={offset === 0}
        onClick={() => onGo(Math.max(0, offset - limit))}
      >
        <ChevronLeft size={13} aria-hidden />
      </button>
      <span className="value-where">
        {count === 0 ? 0 : offset.toLocaleString("en")}–{Math.max(offset, offset + count - 1).toLocaleString("en")} of{" "}
        {length.toLocaleString("en")}
      </span>
      <button
        type="button"
        className="small-tool"
        aria-label="Next page"
        disabled={offset + count >= length}
        onClick={() => onGo(offset + limit)}
      >
        <ChevronRight size={13} aria-hidden />
      </button>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = Number(new FormData(event.currentTarget).get("from"));
          if (Number.isFinite(wanted)) onGo(Math.min(last, Math.max(0, Math.floor(wanted))));
        }}
      >
        <input name="from" type="number" min={0} max={last} placeholder="go to" aria-label={`Go to one of the ${unit}`} />
      </form>
    </div>
  );
}

export function LargeValue({ name, cut, depth }: { name: string | null; cut: Cut; depth: number }) {
  const { pageOf, downloadOf } = useLarge();
  const [open, setOpen] = useState(false);
  const [page, setPage] = useState<Page>();
  // Of several pages that are asked for, the last one is shown, whichever comes last.
  const asked = useRef(0);
  const limit = PARTS[cut.kind];
  const go = async (offset: number): Promise<void> => {
    const turn = ++asked.current;
    try {
      const found = await pageOf(cut, offset, limit);
      if (turn === asked.current) setPage(found);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message, "danger");
    }
  };
  const toggle = (): void => {
    setOpen(!open);
    if (!open && !page) void go(0);
  };
  const parts = page?.items
    ? page.items.map((item, index) => [String(page.offset + index), item] as const)
    : Object.entries(page?.entries ?? {});
  const unit = UNITS[cut.kind];
  return (
    <div className="value-branch value-large" data-testid="large-value">
      <div className="value-large-head">
        <button type="button" className="value-row value-fold" aria-expanded={open} onClick={toggle}>
          <ChevronRight size={12} className="value-arrow" aria-hidden />
          {name !== null && <span className="value-name">{name}</span>}
          <span className="value-signs">{SIGNS[cut.kind]}</span>
          <span className="value-preview">
            {bytes(cut.size)}
            {cut.length === undefined ? "" : ` · ${cut.length.toLocaleString("en")} ${unit}`}
          </span>
        </button>
        <a className="small-tool" href={downloadOf(cut)} download aria-label={`Download ${name ?? "the value"}`} title="Download as JSON">
          <Download size={13} aria-hidden />
        </a>
      </div>
      {open && page && (
        <div className="value-parts">
          {page.length > limit && (
            <Pager
              page={page}
              count={page.text === undefined ? parts.length : page.text.length}
              limit={limit}
              unit={unit}
              onGo={(offset) => void go(offset)}
            />
          )}
          {page.text !== undefined && <pre className="value-piece">{page.text}</pre>}
          {page.value !== undefined && <Branch name={null} value={page.value} depth={depth + 1} />}
          {parts.map(([key, part]) => (
            <Branch key={key} name={key} value={part} depth={depth + 1} />
          ))}
        </div>
      )}
    </div>
  );
}
