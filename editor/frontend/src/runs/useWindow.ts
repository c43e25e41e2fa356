/** Of a long list of rows with one height: which are in view. */
import { type RefObject, useRef, useState } from "react";

const SPARE = 8;

interface Window {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly onScroll: () => void;
  /** The places of the rows to draw: from the first to before the last. */
  readonly from: number;
  readonly to: number;
  /** Bring a row into view. */
  readonly reveal: (row: number) => void;
}

export function useWindow(rowHeight: number, head = 0): Window {
  const [scroll, setScroll] = useState(0);
  const frame = useRef<HTMLDivElement>(null);
  const height = frame.current?.clientHeight || 400;
  const from = Math.max(0, Math.floor(scroll / rowHeight) - SPARE);
  return {
    frame,
    onScroll: () => setScroll(frame.current?.scrollTop ?? 0),
    from,
    to: from + Math.ceil(height / rowHeight) + SPARE * 2,
    reveal: (row) => {
      const box = frame.current;
      if (!box) return;
      const top = row * rowHeight;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + rowHeight + head > box.scrollTop + box.clientHeight) box.scrollTop = top + rowHeight + head - box.clientHeight;
      setScroll(box.scrollTop);
    },
  };
}
