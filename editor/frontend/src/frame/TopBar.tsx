/** The bar above everything: back, name, save state, undo, publish, run, theme. */
import { ArrowLeft, CircleHelp, Eye, History, Monitor, Moon, Plus, Redo2, Rocket, Search, Sun, Undo2, UserRoundPlus, UsersRound } from "lucide-react";

import { Tool } from "../actions/Tool";
import { pointerOnScreen } from "../canvas/view";
import { later } from "../later";
import type { Bootstrap, Right } from "../model/types";
import { Part } from "../Part";
import { redo, setBlueprint, undo, useDraft } from "../store/document";
import { useMay, useRights } from "../store/rights";
import { nextTheme, openQuickAdd, showDialog, useUi } from "../store/ui";
import { closeVersions, openVersions, useReadOnly, useVersions } from "../store/versions";
import { SaveState } from "./SaveState";

const People = later(() => import("./People").then((m) => m.People));
const RunBar = later(() => import("../runs/RunBar").then((m) => m.RunBar));

const THEMES = {
  system: { icon: Monitor, label: "Theme: as the system" },
  light: { icon: Sun, label: "Theme: light" },
  dark: { icon: Moon, label: "Theme: dark" },
};

function Name() {
  const name = useDraft((state) => state.name);
  const edits = useMay("edit");
  return (
    <span className="name" data-value={name || "Untitled"}>
      <h1 className="for-readers">{name || "Untitled"}</h1>
      <input
        type="text"
        aria-label="Name of the blueprint"
        placeholder="Untitled"
        maxLength={200}
        size={1}
        dir="auto"
        value={name}
        readOnly={!edits}
        onChange={(event) => setBlueprint("name", event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
        data-testid="name"
      />
    </span>
  );
}

function PublishButton() {
  const published = useDraft((state) => state.blueprint.published);
  const changed = useDraft((state) => state.blueprint.changed || state.saveState !== "saved");
  const fresh = !published || changed;
  const about = !published
    ? "Not published yet"
    : changed
      ? `The draft differs from version ${published.number}`
      : `Version ${published.number} is what runs`;
  return (
    <button
      type="button"
      className="button publish"
      title={about}
      onClick={() => showDialog("publish")}
      data-testid="publish"
      data-changed={fresh}
    >
      <Rocket size={15} aria-hidden />
      <span>Publish</span>
      {fresh && <span className="changed-dot" role="img" aria-label={about} />}
    </button>
  );
}

const SIGNS: Record<Right, string> = { view: "You may look", run: "You may look and run", edit: "You may edit", own: "" };

/** Whose blueprint it is that somebody else is looking at, and what they may do. */
function RightSign() {
  const { right, owner, guest } = useRights();
  if (right === "own") return null;
  const Icon = right === "edit" ? UsersRound : Eye;
  return (
    <span className="right-sign" title={`This is ${owner}’s blueprint, shared with you. ${guest ? "Sign in to do more, if you may." : `Ask ${owner} if you want to do more.`}`} data-testid="right">
      <Icon size={14} aria-hidden /> {SIGNS[right]}
      <span className="right-owner">· {owner}’s blueprint</span>
    </span>
  );
}

export function TopBar({ bootstrap }: { bootstrap: Bootstrap }) {
  const edits = useMay("edit");
  const owns = useMay("own");
  const canUndo = useDraft((state) => state.canUndo);
  const canRedo = useDraft((state) => state.canRedo);
  const theme = useUi((state) => state.theme);
  const versions = useVersions((state) => state.open);
  const reading = useReadOnly();
  return (
    <header className="top-bar">
      <div className="top-left">
        {bootstrap.user ? (
          <a className="tool" href={bootstrap.urls.list} aria-label="All blueprints" title="All blueprints">
            <ArrowLeft size={17} aria-hidden />
          </a>
        ) : (
          <a className="button guest-door" href={`/sign-in/?next=${encodeURIComponent(window.location.pathname)}`}>
            Sign in
          </a>
        )}
        <Name />
        <RightSign />
        {edits && <SaveState />}
      </div>
      <div className="top-middle" inert={reading}>
        {edits && (
          <>
            <Tool label="Undo" action="undo" keys="Mod+Z" icon={Undo2} onClick={undo} disabled={!canUndo} testId="undo" />
            <Tool label="Redo" action="redo" keys="Mod+Shift+Z" icon={Redo2} onClick={redo} disabled={!canRedo} testId="redo" />
            <span className="tool-rule" />
            <Tool label="Add a node" action="add" keys="Tab" icon={Plus} onClick={() => openQuickAdd(pointerOnScreen())} testId="quick-add" />
          </>
        )}
        <Tool label="Find an action" action="commands" keys="Mod+K" icon={Search} onClick={() => showDialog("commands")} />
      </div>
      <div className="top-right">
        <Part>
          <People />
        </Part>
        <Tool label={THEMES[theme].label} icon={THEMES[theme].icon} onClick={nextTheme} testId="theme" />
        <Tool label="Keys and gestures" action="help" keys="?" icon={CircleHelp} onClick={() => showDialog("help")} />
        <span className="tool-rule" />
        <Tool label="Versions" action="versions" keys="Mod+Shift+H" icon={History} pressed={versions} onClick={versions ? closeVersions : openVersions} testId="versions-button" />
        {owns && <Tool label="Share…" action="share" icon={UserRoundPlus} onClick={() => showDialog("share")} testId="share" />}
        {owns && <PublishButton />}
        <Part fallback={<span className="run-bar-place" />}>
          <RunBar />
        </Part>
      </div>
    </header>
  );
}
