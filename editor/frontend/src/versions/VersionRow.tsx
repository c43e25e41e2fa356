/** One version in the list: what it is called, who published it and when, and what can be done with it. */
import { ArchiveRestore, GitCompareArrows, Pencil } from "lucide-react";
import { useState } from "react";

import { Tool } from "../actions/Tool";
import { ago } from "../runs/format";
import { useMay } from "../store/rights";
import { say } from "../store/ui";
import { askToRestore, look, lookAtChanges, useVersions } from "../store/versions";
import { rename, sentenceOf, type Version } from "./history";

const LONGEST_NAME = 100;

function when(moment: string, now: number): string {
  const told = ago(moment, now);
  return told === "now" ? "just now" : /^\d+ (s|min|h)$/.test(told) ? `${told} ago` : told;
}

/** Enter and leaving the field give the name, Escape leaves the one there was. */
function NameField({ version, onDone }: { version: Version; onDone: () => void }) {
  const [name, setName] = useState(version.name);
  const give = async (): Promise<void> => {
    onDone();
    if (name.trim() === version.name) return;
    try {
      await rename(version.number, name);
    } catch (error) {
      say(sentenceOf(error), "danger");
    }
  };
  return (
    <input
      type="text"
      className="version-name-field"
      autoFocus
      aria-label={`Name of version ${version.number}`}
      placeholder="A name for this version"
      maxLength={LONGEST_NAME}
      value={name}
      onChange={(event) => setName(event.target.value)}
      onBlur={() => void give()}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Enter") event.currentTarget.blur();
        else if (event.key === "Escape") onDone();
      }}
      data-testid={`version-name-${version.number}`}
    />
  );
}

export function VersionRow({ version, now }: { version: Version; now: number }) {
  const { number, name, message, created, published, published_by: by } = version;
  const shown = useVersions((state) => state.shown === number);
  const edits = useMay("edit");
  const [naming, setNaming] = useState(false);
  return (
    <li className={`version${shown ? " is-shown" : ""}`} data-testid={`version-${number}`}>
      <button
        type="button"
        className="version-look"
        aria-current={shown}
        title={`Look at version ${number} on the canvas`}
        onClick={() => look(number)}
        data-testid={`look-${number}`}
      >
        <span className="version-title">
          <strong>Version {number}</strong>
          {published && <span className="version-tag">published</span>}
        </span>
        {name && !naming && <span className="version-name">{name}</span>}
        {message && <span className="version-message">{message}</span>}
        <span className="version-about">
          {by ?? "Somebody who is gone"}, <time dateTime={created} title={new Date(created).toLocaleString()}>{when(created, now)}</time>
        </span>
      </button>
      {naming && <NameField version={version} onDone={() => setNaming(false)} />}
      {!naming && (
        <div className="version-tools">
          <Tool label={`Compare version ${number} with the draft`} icon={GitCompareArrows} onClick={() => lookAtChanges(number, "draft")} testId={`compare-${number}`} />
          {edits && <Tool label={`Restore version ${number} into the draft`} icon={ArchiveRestore} onClick={() => askToRestore(number)} testId={`restore-${number}`} />}
          {edits && <Tool label={name ? `Rename version ${number}` : `Name version ${number}`} icon={Pencil} onClick={() => setNaming(true)} testId={`rename-${number}`} />}
        </div>
      )}
    </li>
  );
}
