/** Every action of the editor, in the order in which menus and help show them. */
import {
  BoxSelect,
  Cable,
  CircleHelp,
  ClipboardPaste,
  Copy,
  CopyPlus,
  FastForward,
  FoldVertical,
  Group,
  LayoutGrid,
  Maximize,
  PanelBottom,
  PanelLeft,
  PanelRight,
  Plus,
  Power,
  Redo2,
  Rocket,
  Save,
  Search,
  StickyNote,
  SunMoon,
  TextCursorInput,
  Trash2,
  Undo2,
  Ungroup,
  UserRoundPlus,
} from "lucide-react";

import { duplicate, paste } from "../canvas/clipboard";
import { addNote, addNoteAround, deleteSelection, nudge, selectAll, tidyUp, toggleIdle } from "../canvas/edit";
import { anyFrame, collapsible, toggleAll, toggleCollapsed } from "../canvas/collapse";
import { framed, intoFrame, putInto, selectedFrames, takeOut, unwrap, whyNotWrap, wrappable } from "../canvas/frames";
import { fit, pointerOnScreen, resetZoom, toFlow, zoomBy } from "../canvas/view";
import { redo, undo, useDraft } from "../store/document";
import { keysNow } from "../store/keymap";
import { may } from "../store/rights";
import { save } from "../store/save";
import { clearSelection, useSelection } from "../store/selection";
import { nextTheme, openForm, openQuickAdd, type Panels, rename, say, setPanels, setWriting, showDialog, useUi } from "../store/ui";
import { isReading } from "../store/versions";
import { arranging } from "./arranging";
import { building } from "./building";
import { files } from "./files";
import { finding } from "./finding";
import { notes } from "./notes";
import type { Action } from "./types";
import { versions } from "./versions";

const someNodes = (): boolean => useSelection.getState().nodes.size > 0;
/** Nodes that are no notes. */
const someSteps = (): boolean => [...useSelection.getState().nodes].some((id) => useDraft.getState().nodesById.has(id));
const theOne = (): string | undefined => [...useSelection.getState().nodes][0];
const one = (): boolean => useSelection.getState().nodes.size === 1;
const oneNode = (): boolean => one() && useDraft.getState().nodesById.has(theOne() ?? "");
const selectFirst = (): string => "Select a node first";
const something = (): boolean => someNodes() || useSelection.getState().edges.size > 0;

function toggle(panel: "palette" | "inspector" | "drawer"): void {
  setPanels({ [panel]: !useUi.getState().panels[panel] } as Partial<Panels>);
}

/** A note is written in its place; a node's form gets the keys. */
function open(): void {
  const id = theOne();
  if (id === undefined) return;
  if (useDraft.getState().nodesById.has(id)) openForm(id);
  else setWriting(id);
}

async function saveAndSay(): Promise<void> {
  if (await save()) say("Saved");
}

function nudges(): Action[] {
  const ways = [
    ["Left", -1, 0],
    ["Right", 1, 0],
    ["Up", 0, -1],
    ["Down", 0, 1],
  ] as const;
  return ways.flatMap(([way, x, y]) => [
    {
      name: `nudge-${way.toLowerCase()}`,
      label: `Move ${way.toLowerCase()}`,
      group: "Edit" as const,
      keys: [`Arrow${way}`],
      quiet: true,
      enabled: someNodes,
      perform: () => nudge(x * 10, y * 10),
    },
    {
      name: `nudge-${way.toLowerCase()}-far`,
      label: `Move ${way.toLowerCase()} by more`,
      group: "Edit" as const,
      keys: [`Shift+Arrow${way}`],
      quiet: true,
      enabled: someNodes,
      perform: () => nudge(x * 40, y * 40),
    },
  ]);
}

const file: Action[] = [
  { name: "save", label: "Save", group: "File", reading: true, keys: ["Mod+S"], icon: Save, perform: () => void saveAndSay() },
  { name: "publish", label: "Publish…", group: "File", needs: "own", keys: ["Mod+Shift+P"], icon: Rocket, perform: () => showDialog("publish") },
  { name: "share", label: "Share…", group: "File", needs: "own", icon: UserRoundPlus, perform: () => showDialog("share") },
  ...files,
  ...versions,
];

const edit: Action[] = [
  { name: "undo", label: "Undo", group: "Edit", keys: ["Mod+Z"], icon: Undo2, enabled: () => useDraft.getState().canUndo, perform: undo },
  { name: "redo", label: "Redo", group: "Edit", keys: ["Mod+Shift+Z", "Mod+Y"], icon: Redo2, enabled: () => useDraft.getState().canRedo, perform: redo },
  { name: "add", label: "Add a node…", group: "Edit", keys: ["Tab", "A"], icon: Plus, perform: () => openQuickAdd(pointerOnScreen()) },
  { name: "open", label: "Open its form, or write it", group: "Edit", needs: "view", keys: ["Enter"], enabled: one, perform: open },
  { name: "rename", label: "Rename", group: "Edit", keys: ["F2"], icon: TextCursorInput, enabled: oneNode, why: () => "Select the one node that shall be renamed first", perform: () => rename(theOne() ?? "") },
  { name: "join", label: "Join its ports by keys…", group: "Edit", keys: ["C"], icon: Cable, enabled: oneNode, why: () => "Select the one node whose ports shall be joined first", perform: () => useUi.setState({ joining: theOne() ?? null }) },
  { name: "note", label: "Add a note", group: "Edit", keys: ["N"], icon: StickyNote, perform: () => addNote(toFlow(pointerOnScreen())) },
  { name: "note-around", label: "Put a note around the selection", group: "Edit", keys: ["Shift+N"], icon: StickyNote, perform: () => addNoteAround(toFlow(pointerOnScreen())) },
  { name: "copy", label: "Copy", group: "Edit", needs: "view", keys: ["Mod+C"], icon: Copy, native: true, perform: () => document.execCommand("copy") },
  { name: "paste", label: "Paste", group: "Edit", keys: ["Mod+V"], icon: ClipboardPaste, native: true, perform: () => paste() },
  { name: "paste-joined", label: "Paste with the edges that led to it", group: "Edit", keys: ["Mod+Shift+V"], native: true, perform: () => paste(true) },
  { name: "duplicate", label: "Duplicate", group: "Edit", keys: ["Mod+D"], icon: CopyPlus, enabled: someNodes, why: selectFirst, perform: duplicate },
  { name: "disable", label: "Switch off or on", group: "Edit", keys: ["D"], icon: Power, enabled: someSteps, why: selectFirst, perform: () => toggleIdle("disabled") },
  { name: "bypass", label: "Bypass or run again", group: "Edit", keys: ["B"], icon: FastForward, enabled: someSteps, why: selectFirst, perform: () => toggleIdle("bypass") },
  { name: "delete", label: "Delete", group: "Edit", keys: ["Delete", "Backspace"], icon: Trash2, enabled: something, perform: deleteSelection },
  { name: "select-all", label: "Select all", group: "Edit", needs: "view", keys: ["Mod+A"], icon: BoxSelect, perform: selectAll },
  { name: "select-none", label: "Select nothing", group: "Edit", needs: "view", keys: ["Escape"], enabled: something, perform: clearSelection },
  {
    name: "wrap",
    label: "Wrap in a frame…",
    group: "Edit",
    keys: ["Mod+G"],
    icon: Group,
    enabled: () => wrappable().length > 0,
    why: whyNotWrap,
    perform: () => openQuickAdd({ ...pointerOnScreen(), wrap: true }),
  },
  { name: "into-frame", label: "Put into the selected frame", group: "Edit", keys: ["F"], enabled: () => intoFrame() !== null, why: () => "Select one frame together with the nodes that shall go into it", perform: putInto },
  { name: "out-of-frame", label: "Take out of its frame", group: "Edit", keys: ["Shift+F"], enabled: () => framed().length > 0, why: () => "Select nodes that are in a frame first", perform: takeOut },
  { name: "collapse", label: "Collapse or open the frame", group: "View", keys: ["Z"], icon: FoldVertical, enabled: collapsible, why: () => "Select a frame, or a node in one, to collapse it", perform: () => toggleCollapsed() },
  { name: "collapse-all", label: "Collapse all frames, or open all", group: "View", keys: ["Shift+Z"], enabled: anyFrame, perform: toggleAll },
  { name: "unwrap", label: "Unwrap: take the frame away", group: "Edit", keys: ["Mod+Shift+G"], icon: Ungroup, enabled: () => selectedFrames().length > 0, why: () => "Select the frame that shall go away first", perform: unwrap },
  { name: "tidy", label: "Tidy up the selection, or all", group: "Arrange", keys: ["Shift+Alt+T"], icon: LayoutGrid, perform: () => void tidyUp() },
  ...nudges(),
];

const view: Action[] = [
  { name: "fit", label: "Show everything", group: "View", needs: "view", keys: ["1"], icon: Maximize, perform: () => fit() },
  { name: "fit-selection", label: "Show the selection", group: "View", needs: "view", keys: ["."], enabled: someNodes, perform: () => fit(useSelection.getState().nodes) },
  { name: "zoom-in", label: "Zoom in", group: "View", needs: "view", keys: ["+", "="], perform: () => zoomBy(1.25) },
  { name: "zoom-out", label: "Zoom out", group: "View", needs: "view", keys: ["-"], perform: () => zoomBy(1 / 1.25) },
  { name: "zoom-reset", label: "Zoom to 100 %", group: "View", needs: "view", keys: ["0"], perform: resetZoom },
  { name: "palette", label: "Show or hide the nodes panel", group: "View", keys: ["Mod+B"], icon: PanelLeft, perform: () => toggle("palette") },
  { name: "inspector", label: "Show or hide the form", group: "View", needs: "view", keys: ["Mod+I"], icon: PanelRight, perform: () => toggle("inspector") },
  { name: "drawer", label: "Show or hide the runs and tests", group: "View", needs: "view", reading: true, keys: ["Mod+J"], icon: PanelBottom, perform: () => toggle("drawer") },
  { name: "theme", label: "Change the theme", group: "View", needs: "view", reading: true, icon: SunMoon, perform: nextTheme },
];

const help: Action[] = [
  { name: "commands", label: "Find an action…", group: "Help", needs: "view", reading: true, keys: ["Mod+K"], icon: Search, perform: () => showDialog("commands") },
  { name: "help", label: "Keys and gestures", group: "Help", needs: "view", reading: true, keys: ["?"], icon: CircleHelp, perform: () => showDialog("help") },
];

const own: Action[] = [...file, ...edit, ...notes, ...building, ...arranging, ...view, ...finding, ...help];
const added: Action[] = [];

/** Actions of other parts (running) are added at the start of the page. */
export function addActions(more: readonly Action[]): void {
  added.push(...more);
}

/** All actions that the person at this page has a right to, with the keys that they have for the person at this page. */
export function actions(): Action[] {
  return [...own, ...added].filter(({ needs = "edit" }) => may(needs)).map((action) => {
    const keys = keysNow(action.name, action.keys);
    return keys === action.keys || !keys ? action : { ...action, keys };
  });
}

/** Whether an action can be done now; while a version is read, only those that leave the draft alone. */
export function isPossible(action: Action): boolean {
  return (!isReading() || action.reading === true) && (action.enabled?.() ?? true);
}

export function actionNamed(name: string): Action | undefined {
  return actions().find((action) => action.name === name);
}
