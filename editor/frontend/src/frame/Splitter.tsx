/** The line between two panels: drag it, or move it with the arrow keys. */
import type { KeyboardEvent, PointerEvent } from "react";

interface Props {
  label: string;
  /** Which way the panel lies, seen from the line. */
  panel: "left" | "right" | "below";
  size: number;
  least: number;
  most: number;
  onSize: (size: number) => void;
}

export function Splitter({ label, panel, size, least, most, onSize }: Props) {
  const upright = panel !== "below";
  const sign = panel === "left" ? 1 : -1;
  const set = (wanted: number): void => onSize(Math.round(Math.min(most, Math.max(least, wanted))));
  const drag = (down: PointerEvent<HTMLDivElement>): void => {
    const line = down.currentTarget;
    const start = upright ? down.clientX : down.clientY;
    line.setPointerCapture(down.pointerId);
    const move = (event: globalThis.PointerEvent): void =>
      set(size + sign * ((upright ? event.clientX : event.clientY) - start));
    line.addEventListener("pointermove", move);
    line.addEventListener("lostpointercapture", () => line.removeEventListener("pointermove", move), {
      once: true,
    });
  };
  const keys = (event: KeyboardEvent): void => {
    const grow = { left: "ArrowRight", right: "ArrowLeft", below: "ArrowUp" }[panel];
    const shrink = { left: "ArrowLeft", right: "ArrowRight", below: "ArrowDown" }[panel];
    if (event.key !== grow && event.key !== shrink) return;
    event.preventDefault();
    event.stopPropagation();
    set(size + (event.key === grow ? 16 : -16));
  };
  return (
    <div
      className={`splitter splitter-${panel}`}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={upright ? "vertical" : "horizontal"}
      aria-valuenow={size}
      aria-valuemin={least}
      aria-valuemax={most}
      onPointerDown={drag}
      onKeyDown={keys}
    />
  );
}
