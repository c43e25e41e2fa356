/** What is open on the page: panels, dialogs, the quick-add list, the theme, a passing message. */
import { create } from "zustand";

import type { EdgeEnds } from "../model/edges";
import type { NodePort } from "../model/ports";
import { may } from "./rights";

export type Theme = "system" | "light" | "dark";
export type Dialog = "help" | "commands" | "find" | "publish" | "collapse" | "share" | "compare-runs";

/** Where the quick-add list opens, and the port that waits for the new node. */
export interface QuickAdd {
  /** On the screen. */
  x: number;
  y: number;
  from?: { node: string; side: "output" | "input"; port: NodePort };
  /** The edge into which the new node is put. */
  onEdge?: string;
  /** Only frames are offered, and the one that is chosen goes around what is selected. */
  wrap?: boolean;
  /** The node that is to be of the kind that is chosen. */
  swap?: string;
}

/** The menu at the pointer, on the screen, and what it is for. */
export interface Menu {
  x: number;
  y: number;
  on: "node" | "edge" | "canvas";
}

/** An edge that was refused for its types, where on the screen, and the converters that are offered. */
export interface Offer {
  x: number;
  y: number;
  reason: string;
  ends: EdgeEnds;
  /** The edge that was to lead there. */
  replaced?: string;
}

/** Somewhere that a message leads to. */
export interface Link {
  text: string;
  href: string;
}

export interface Panels {
  palette: boolean;
  inspector: boolean;
  drawer: boolean;
  paletteWidth: number;
  inspectorWidth: number;
  drawerHeight: number;
}

interface Ui {
  dialog: Dialog | null;
  quickAdd: QuickAdd | null;
  menu: Menu | null;
  offer: Offer | null;
  theme: Theme;
  panels: Panels;
  /** The window is a phone's: one panel at a time, and the drawing is only looked at. */
  narrow: boolean;
  /** The note whose text is being written. */
  writing: string | null;
  /** The node whose title shall get the keys as soon as its form is there. */
  naming: string | null;
  /** The node whose form shall get the keys as soon as it is there. */
  opening: string | null;
  /** The edge into which what is dragged would be put. */
  aimed: string | null;
  /** While nodes are dragged: the frame that would hold them, "" for none; null when nothing is dragged. */
  aimedFrame: string | null;
  /** The edges that the stroke which is being drawn would cut. */
  cut: ReadonlySet<string>;
  /** The next drag over the canvas draws a lasso. */
  lasso: boolean;
  /** The node whose ports are being joined by keys. */
  joining: string | null;
  message: { text: string; tone: "info" | "danger"; number: number; link?: Link } | null;
}

const PANELS_KEY = "conductor-editor-panels";
const THEME_KEY = "conductor-theme";

const PANELS: Panels = {
  palette: true,
  inspector: true,
  drawer: true,
  paletteWidth: 216,
  inspectorWidth: 328,
  drawerHeight: 204,
};

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be forbidden; the page works without
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // see above
  }
}

function storedPanels(): Panels {
  try {
    return { ...PANELS, ...(JSON.parse(stored(PANELS_KEY) ?? "{}") as Partial<Panels>) };
  } catch {
    return PANELS;
  }
}

const CLOSED = { palette: false, inspector: false, drawer: false };

function storedTheme(): Theme {
  const theme = stored(THEME_KEY);
  return theme === "light" || theme === "dark" ? theme : "system";
}

export const useUi = create<Ui>(() => ({
  dialog: null,
  quickAdd: null,
  menu: null,
  offer: null,
  theme: storedTheme(),
  panels: storedPanels(),
  narrow: false,
  writing: null,
  naming: null,
  opening: null,
  aimed: null,
  aimedFrame: null,
  cut: new Set(),
  lasso: false,
  joining: null,
  message: null,
}));

/** As styles/narrow.css has it: a phone, upright or on its side. */
const PHONE = "(max-width: 720px), (max-height: 480px) and (pointer: coarse)";

/** Follow the window's size; that of a phone begins with the canvas alone. */
export function followWidth(): void {
  const query = window.matchMedia(PHONE);
  const follow = (): void => useUi.setState({ narrow: query.matches, panels: { ...storedPanels(), ...(query.matches && CLOSED) } });
  query.addEventListener("change", follow);
  if (query.matches) follow();
}

export function showDialog(dialog: Dialog | null): void {
  useUi.setState({ dialog, quickAdd: null });
}

export function openQuickAdd(quickAdd: QuickAdd | null): void {
  if (!may("edit")) return;
  useUi.setState({ quickAdd });
}

export function openMenu(menu: Menu | null): void {
  useUi.setState({ menu });
}

/** Lead the keys into a node's form. */
export function openForm(opening: string): void {
  setPanels({ inspector: true });
  useUi.setState({ opening });
}

/** Have a node's title in its form, ready to be typed over. */
export function rename(naming: string): void {
  if (!may("edit")) return;
  setPanels({ inspector: true });
  useUi.setState({ naming });
}

export function setWriting(writing: string | null): void {
  if (!may("edit")) return;
  useUi.setState({ writing });
}

/** Mark the edge into which what is dragged would be put. */
export function aimAt(aimed: string | null): void {
  if (useUi.getState().aimed !== aimed) useUi.setState({ aimed });
}

/** Mark the frame that would hold what is dragged. */
export function aimAtFrame(aimedFrame: string | null): void {
  if (useUi.getState().aimedFrame !== aimedFrame) useUi.setState({ aimedFrame });
}

/** Say something in passing; a screen reader says it too. */
export function say(text: string, tone: "info" | "danger" = "info", link?: Link): void {
  const number = (useUi.getState().message?.number ?? 0) + 1;
  useUi.setState({ message: { text, tone, number, ...(link ? { link } : {}) } });
}

export function setPanels(part: Partial<Panels>): void {
  const { narrow, panels: now } = useUi.getState();
  if (narrow) {
    // What is opened takes the room of what was open; how a wide window is arranged stays kept.
    const opened = (["drawer", "inspector", "palette"] as const).find((name) => part[name]);
    useUi.setState({ panels: { ...now, ...(opened ? { ...CLOSED, [opened]: true } : part) } });
    return;
  }
  const panels = { ...now, ...part };
  useUi.setState({ panels });
  store(PANELS_KEY, JSON.stringify(panels));
}

export function setTheme(theme: Theme): void {
  useUi.setState({ theme });
  store(THEME_KEY, theme);
  applyTheme();
}

/** Go on to the next theme: the system's, light, dark. */
export function nextTheme(): void {
  const order = ["system", "light", "dark"] as const;
  const next = order[(order.indexOf(useUi.getState().theme) + 1) % order.length] ?? "system";
  setTheme(next);
  say(next === "system" ? "Theme: as the system" : `Theme: ${next}`);
}

/** Put the theme onto the page; without a choice the system's wish holds. */
export function applyTheme(): void {
  const { theme } = useUi.getState();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
