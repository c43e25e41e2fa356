/** Keys and drags that people bring with them from other editors: only what differs from Conductor's own. */
import type { Drag, Keys } from "./keymap";

export interface Profile {
  title: string;
  keys: Keys;
  drag?: Drag;
}

/** The four arrows, with what is held, for the actions of these names. */
function arrows(name: string, held = ""): Keys {
  return Object.fromEntries(
    (["Left", "Right", "Up", "Down"] as const).map((way) => [name.replace("*", way.toLowerCase()), [`${held}Arrow${way}`]]),
  );
}

const BOOKMARKS: Keys = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [`bookmark-${number}`, [`${number}`, `Alt+${number}`]]));

export const PROFILES: Readonly<Record<string, Profile>> = {
  conductor: { title: "Conductor", keys: {} },
  n8n: {
    title: "n8n",
    drag: "box",
    keys: {
      add: ["Tab", "N"],
      note: ["Shift+S"],
      "align-bottom": ["Alt+S"],
      "collapse-part": ["Alt+X", "Alt+G"],
      ...arrows("walk-*"),
      ...arrows("nudge-*", "Mod+"),
      "nudge-left-far": [],
      "nudge-right-far": [],
      "nudge-up-far": [],
      "nudge-down-far": [],
      "select-upstream": ["Shift+ArrowLeft"],
      "select-downstream": ["Shift+ArrowRight"],
      "select-connected": ["Shift+ArrowUp"],
    },
  },
  "node-red": {
    title: "Node-RED",
    drag: "box",
    keys: {
      publish: ["Mod+D"],
      duplicate: ["Mod+Shift+D"],
      commands: ["Mod+Shift+P", "Mod+K"],
      fit: ["Mod+1"],
      "zoom-reset": ["Mod+0"],
      wrap: ["Mod+Shift+G"],
      unwrap: ["Mod+Shift+U"],
      ...arrows("walk-*"),
      ...arrows("nudge-*", "Mod+"),
      "select-upstream": ["Shift+Alt+U"],
      "select-downstream": ["Shift+Alt+D"],
      "select-connected": ["Shift+Alt+C"],
    },
  },
  comfyui: {
    title: "ComfyUI",
    keys: {
      disable: ["Mod+M"],
      bypass: ["Mod+B"],
      collapse: ["Alt+C"],
      palette: ["N", "Mod+Shift+B"],
      note: ["Alt+N"],
      drawer: ["Q", "Mod+J"],
      straighten: ["Shift+Q"],
      "insert-file": ["Mod+O"],
      "collapse-part": ["Mod+Shift+E", "Alt+G"],
      "zoom-in": ["Alt+=", "+"],
      "zoom-out": ["Alt+-", "-"],
      "fit-selection": ["."],
    },
  },
  unreal: {
    title: "Unreal Blueprints",
    drag: "box",
    keys: {
      fit: ["Home"],
      "fit-selection": ["F"],
      "into-frame": ["Shift+I"],
      "out-of-frame": ["Shift+O"],
      "note-around": ["C"],
      join: ["Alt+C"],
      ...BOOKMARKS,
    },
  },
};

export function profileNamed(name: string): Profile {
  return PROFILES[name] ?? { title: "Conductor", keys: {} };
}
