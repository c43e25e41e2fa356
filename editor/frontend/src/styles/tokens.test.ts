import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CSS = readFileSync(new URL("../../../../static/site/tokens.css", import.meta.url), "utf8");
const STATUSES = ["queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled", "skipped"];

const PEOPLE = [0, 1, 2, 3, 4, 5, 6, 7].map((colour) => `person-${colour}`);
const TYPES = ["any", "text", "number", "boolean", "object", "list", "file"];

type Colors = Record<string, string>;

function colors(selector: string, within = ""): Colors {
  const start = CSS.indexOf(selector, CSS.indexOf(within));
  const block = CSS.slice(start, CSS.indexOf("}", start));
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, color]) => [name, color]));
}

function luminance(color: string): number {
  const part = (from: number): number => {
    const value = parseInt(color.slice(from, from + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const light = colors(":root {");
const dark = { ...light, ...colors(':root[data-theme="dark"]') };
const MORE = "@media (prefers-contrast: more)";
const moreLight = { ...light, ...colors(":root {", MORE) };
/** Each with the least contrast of a text, and of a line or a port with its ground. */
const THEMES: [string, Colors, number, number][] = [
  ["light", light, 4.5, 0],
  ["dark", dark, 4.5, 0],
  ["light theme of more contrast", moreLight, 7, 4.5],
  ["dark theme of more contrast", { ...dark, ...colors(':root[data-theme="dark"]', MORE) }, 7, 4.5],
];

describe.each(THEMES)("in the %s theme", (_name, color, least, leastOfLines) => {
  const of = (name: string): string => {
    const value = color[name];
    if (!value) throw new Error(`no colour ${name}`);
    return value;
  };

  it("every text can be read on its ground", () => {
    const pairs = [
      ...["text", "text-muted", "text-faint", "accent-text", "danger", "warning"].flatMap((text) => [
        [text, "surface"],
        [text, "surface-sunken"],
      ]),
      ...STATUSES.flatMap((status) =>
        [`status-${status}-soft`, "accent-soft", "surface-hover"].map((ground) => [`status-${status}`, ground]),
      ),
      ["text-on-accent", "accent"],
      ["text-faint", "accent-soft"],
      ["danger", "danger-soft"],
      ["warning", "warning-soft"],
      ...PEOPLE.map((person) => ["on-person", person]),
    ] as [string, string][];
    const poor = pairs.filter(([text, ground]) => contrast(of(text), of(ground)) < least);
    expect(poor).toEqual([]);
  });

  it("what another person has selected is seen on its ground", () => {
    const grounds = ["surface", "bg-canvas"];
    const poor = PEOPLE.flatMap((person) => grounds.filter((ground) => contrast(of(person), of(ground)) < 4.5).map((ground) => [person, ground]));
    expect(poor).toEqual([]);
  });

  it("lines, the focus and ports are seen on their ground", () => {
    const seen = ["line", "line-strong", "focus", ...TYPES.map((type) => `port-${type}`)];
    const grounds = ["surface", "bg-canvas"];
    const poor = seen.flatMap((line) => grounds.filter((ground) => contrast(of(line), of(ground)) < leastOfLines).map((ground) => [line, ground]));
    expect(poor).toEqual([]);
  });
});

it("the dark values that the system asks for are those of the dark theme", () => {
  const [asked, chosen] = [':root:not([data-theme="light"])', ':root[data-theme="dark"]'];
  expect(colors(asked)).toEqual(colors(chosen));
  expect(colors(asked, MORE)).toEqual(colors(chosen, MORE));
});
