/** The colours and icons of the page as a picture needs them: plain, in any program that shows it. */
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { createElement } from "react";

import { categoryColor } from "../canvas/category";
import { NodeIcon } from "../canvas/icons";
import { resolved } from "../canvas/scene";
import type { PortType } from "../model/types";
import type { Colours } from "./svg";

const TYPES: readonly PortType[] = ["any", "text", "number", "boolean", "object", "list", "file"];
const NOTES: Record<string, string> = { blue: "#3f7fe0", green: "#2f9e5a", pink: "#d0548c", grey: "#7b8594", gray: "#7b8594" };
const YELLOW = "#d9a520";

/** Any colour that CSS knows as `#rrggbb`, which every reader of SVG knows too. */
function plain(): (color: string) => string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const cache = new Map<string, string>();
  return (color) => {
    if (!context) return "#808080";
    context.fillStyle = resolved(color, cache);
    context.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
}

function icons(): (name: string | undefined) => string {
  const cache = new Map<string, string>();
  return (name = "") => {
    let inside = cache.get(name);
    if (inside === undefined) {
      const place = document.createElement("div");
      const root = createRoot(place);
      flushSync(() => root.render(createElement(NodeIcon, { name })));
      // An SVG is XML: HTML's own way to write it would leave elements open.
      inside = [...(place.querySelector("svg")?.children ?? [])].map((part) => new XMLSerializer().serializeToString(part)).join("");
      root.unmount();
      cache.set(name, inside);
    }
    return inside;
  };
}

export function coloursOfPage(): Colours {
  const of = plain();
  const value = (name: string): string => of(`var(--${name})`);
  return {
    background: value("bg-canvas"),
    surface: value("surface"),
    line: value("line-strong"),
    text: value("text"),
    muted: value("text-muted"),
    port: Object.fromEntries(TYPES.map((type) => [type, value(`port-${type}`)])) as Record<PortType, string>,
    hue: (category) => of(categoryColor(category)),
    note: (color) => NOTES[color] ?? YELLOW,
    icon: icons(),
  };
}
