/** Keys that people bring with them from other editors: only what differs from Conductor's own. */
import type { Keys } from "./keymap";

export interface Profile {
  title: string;
  keys: Keys;
}

export const PROFILES: Readonly<Record<string, Profile>> = {
  conductor: { title: "Conductor", keys: {} },
  n8n: {
    title: "n8n",
    keys: { add: ["Tab", "N"], note: ["Shift+S"], "align-bottom": ["Alt+S"] },
  },
  "node-red": {
    title: "Node-RED",
    keys: {
      publish: ["Mod+D"],
      duplicate: ["Mod+Shift+D"],
      commands: ["Mod+Shift+P", "Mod+K"],
      fit: ["Mod+1"],
      "zoom-reset": ["Mod+0"],
      wrap: ["Mod+Shift+G"],
      unwrap: ["Mod+Shift+U"],
    },
  },
  comfyui: {
    title: "ComfyUI",
    keys: {
      disable: ["Mod+M"],
      bypass: ["Mod+B"],
      collapse: ["Alt+C"],
      palette: ["Mod+Shift+B"],
      "zoom-in": ["Alt+=", "+"],
      "zoom-out": ["Alt+-", "-"],
      "fit-selection": ["."],
    },
  },
  unreal: {
    title: "Unreal Blueprints",
    keys: {
      fit: ["Home"],
      "fit-selection": ["F"],
      "into-frame": ["Shift+I"],
      "out-of-frame": ["Shift+O"],
      note: ["C"],
      join: ["Alt+C"],
      straighten: ["Q"],
    },
  },
};

export function profileNamed(name: string): Profile {
  return PROFILES[name] ?? { title: "Conductor", keys: {} };
}
