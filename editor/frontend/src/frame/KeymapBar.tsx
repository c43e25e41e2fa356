/** Whose keys these are: the profile, what a drag does, a file to keep them in, and the way back. */
import { Download, RotateCcw, Upload } from "lucide-react";
import { useRef } from "react";

import { type Drag, KeymapInvalid } from "../model/keymap";
import { PROFILES } from "../model/profiles";
import { dragIn, dragNow, exportKeymap, importKeymap, setKeymap, useKeymap } from "../store/keymap";

interface Props {
  changing: boolean;
  onChanging: (changing: boolean) => void;
  onSay: (text: string) => void;
}

function download(): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([exportKeymap()], { type: "application/json" }));
  link.download = "conductor-keys.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

export function KeymapBar({ changing, onChanging, onSay }: Props) {
  const { profile, own, drag } = useKeymap();
  const file = useRef<HTMLInputElement>(null);
  const choose = (part: Parameters<typeof setKeymap>[0]): void => {
    setKeymap(part);
    onSay("");
  };
  const take = async (chosen: File | undefined): Promise<void> => {
    if (!chosen) return;
    try {
      importKeymap(await chosen.text());
      onSay("The keys of the file are yours now.");
    } catch (error) {
      if (!(error instanceof KeymapInvalid)) throw error;
      onSay(error.message);
    }
  };
  return (
    <div className="keymap-bar">
      <label>
        Keys as in
        <select className="control" value={profile} onChange={(event) => choose({ profile: event.target.value, drag: undefined })} data-testid="key-profile">
          {Object.entries(PROFILES).map(([name, { title }]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        Drag on empty canvas
        <select
          className="control"
          value={dragNow()}
          onChange={(event) => {
            const chosen = event.target.value as Drag;
            choose({ drag: chosen === dragIn(profile) ? undefined : chosen });
          }}
          data-testid="drag"
        >
          <option value="view">moves the view</option>
          <option value="box">draws a box</option>
        </select>
      </label>
      <button type="button" className="button" aria-pressed={changing} onClick={() => onChanging(!changing)} data-testid="change-keys">
        {changing ? "Done" : "Change keys"}
      </button>
      <span className="keymap-rest" />
      {(Object.keys(own).length > 0 || drag) && (
        <button type="button" className="button" onClick={() => choose({ own: {}, drag: undefined })} data-testid="reset-keys">
          <RotateCcw size={14} aria-hidden /> Reset
        </button>
      )}
      <button type="button" className="button" onClick={download} data-testid="export-keys">
        <Download size={14} aria-hidden /> Export
      </button>
      <button type="button" className="button" onClick={() => file.current?.click()}>
        <Upload size={14} aria-hidden /> Import
      </button>
      <input
        ref={file}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label="A file of keys"
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = "";
        }}
        data-testid="import-keys"
      />
    </div>
  );
}
