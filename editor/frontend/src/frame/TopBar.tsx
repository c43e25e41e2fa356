/** The bar above everything: back, name, save state, undo, publish, run, theme. */
import { ArrowLeft, CircleHelp, History, Monitor, Moon, Plus, Redo2, Rocket, Search, Sun, Undo2 } from "lucide-react";
import { lazy, Suspense } from "react";

import { Tool } from "../actions/Tool";
import { pointerOnScreen } from "../canvas/view";
import type { Bootstrap } from "../model/types";
import { redo, setBlueprint, undo, useDraft } from "../store/document";
import { nextTheme, openQuickAdd, showDialog, useUi } from "../store/ui";
import { closeVersions, openVersions, useReadOnly, useVersions } from "../store/versions";
import { SaveState } from "./SaveState";

const People = lazy(() => import("./People").then((m) => ({ default: m.People })));
const RunBar = lazy(() => import("../runs/RunBar").then((m) => ({ default: m.RunBar })));

const THEMES = {
  system: { icon: Monitor, label: "Theme: as the system" },
  light: { icon: Sun, label: "Theme: light" },
  dark: { icon: Moon, label: "Theme: dark" },
};

function Name() {
  const name = useDraft((state) => state.name);
  return (
    <span className="name" data-value={name || "Untitled"}>
      <h1 className="for-readers">{name || "Untitled"}</h1>
      <input
        type="text"
        aria-label="Name of the blueprint"
        placeholder="Untitled"
        maxLength={200}
        size={1}
        value={name}
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

export function TopBar({ bootstrap }: { bootstrap: Bootstrap }) {
  const canUndo = useDraft((state) => state.canUndo);
  const canRedo = useDraft((state) => state.canRedo);
  const theme = useUi((state) => state.theme);
  const versions = useVersions((state) => state.open);
  const reading = useReadOnly();
  return (
    <header className="top-bar">
      <div className="top-left">
        <a className="tool" href={bootstrap.urls.list} aria-label="All blueprints" title="All blueprints">
          <ArrowLeft size={17} aria-hidden />
        </a>
        <Name />
        <SaveState />
      </div>
      <div className="top-middle" inert={reading}>
        <Tool label="Undo" action="undo" keys="Mod+Z" icon={Undo2} onClick={undo} disabled={!canUndo} testId="undo" />
        <Tool label="Redo" action="redo" keys="Mod+Shift+Z" icon={Redo2} onClick={redo} disabled={!canRedo} testId="redo" />
        <span className="tool-rule" />
        <Tool label="Add a node" action="add" keys="Tab" icon={Plus} onClick={() => openQuickAdd(pointerOnScreen())} testId="quick-add" />
        <Tool label="Find an action" action="commands" keys="Mod+K" icon={Search} onClick={() => showDialog("commands")} />
      </div>
      <div className="top-right">
        <Suspense>
          <People />
        </Suspense>
        <Tool label={THEMES[theme].label} icon={THEMES[theme].icon} onClick={nextTheme} testId="theme" />
        <Tool label="Keys and gestures" action="help" keys="?" icon={CircleHelp} onClick={() => showDialog("help")} />
        <span className="tool-rule" />
        <Tool label="Versions" action="versions" keys="Mod+Shift+H" icon={History} pressed={versions} onClick={versions ? closeVersions : openVersions} testId="versions-button" />
        <PublishButton />
        <Suspense fallback={<span className="run-bar-place" />}>
          <RunBar />
        </Suspense>
      </div>
    </header>
  );
}
