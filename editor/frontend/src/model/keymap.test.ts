import { expect, it } from "vitest";

import { keysFor, readKeymap, rebind, writeKeymap } from "./keymap";

const LIST = [
  { name: "undo", keys: ["Mod+Z"] },
  { name: "redo", keys: ["Mod+Shift+Z", "Mod+Y"] },
  { name: "download" },
];

it("prefers what was chosen to the profile, and the profile to the action", () => {
  expect(keysFor("undo", ["Mod+Z"], {}, {})).toEqual(["Mod+Z"]);
  expect(keysFor("undo", ["Mod+Z"], { undo: ["U"] }, {})).toEqual(["U"]);
  expect(keysFor("undo", ["Mod+Z"], { undo: ["U"] }, { undo: [] })).toEqual([]);
});

it("takes keys from who had them, and leaves that one its others", () => {
  expect(rebind({}, LIST, "download", ["Mod+Y"])).toEqual({
    own: { download: ["Mod+Y"], redo: ["Mod+Shift+Z"] },
    lost: ["redo"],
  });
  expect(rebind({}, LIST, "undo", ["Mod+Z"]).lost).toEqual([]);
});

it("reads back what it wrote", () => {
  const keymap = { profile: "n8n", own: { undo: ["Alt+Backspace"], redo: [] } };
  expect(readKeymap(writeKeymap(keymap), ["conductor", "n8n"])).toEqual(keymap);
});

it("reads what a drag does, and leaves it to the profile where nothing is said", () => {
  const keymap = { profile: "n8n", own: {}, drag: "view" as const };
  expect(readKeymap(writeKeymap(keymap), ["n8n"])).toEqual(keymap);
  expect(readKeymap(writeKeymap({ profile: "n8n", own: {} }), ["n8n"]).drag).toBeUndefined();
});

it.each([
  ['{"format": "conductor-keys/1", "profile": "n8n", "own": {}, "drag": "zoom"}', "'drag' is"],
  ["{", "not JSON"],
  ["3", "no keys"],
  ['{"format": "other"}', "format is not"],
  ['{"format": "conductor-keys/1", "profile": "vim"}', "no profile"],
  ['{"format": "conductor-keys/1", "profile": "n8n", "own": []}', "no object"],
  ['{"format": "conductor-keys/1", "profile": "n8n", "own": {"undo": "Z"}}', "'undo'"],
  ['{"format": "conductor-keys/1", "profile": "n8n", "own": {"undo": ["Mod +"]}}', "'undo'"],
])("refuses %s and says why", (text, why) => {
  expect(() => readKeymap(text, ["n8n"])).toThrow(why);
});
