/** Starts runs and says how the shown one stands: button, menu, status, time, cancel. */
import { ChevronDown, Footprints, ListRestart, LoaderCircle, Play, RotateCcw, Square, Zap } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { actionNamed, addActions } from "../actions/list";
import { caseActions } from "../cases/actions";
import { compareActions } from "../compared/actions";
import { later } from "../later";
import type { DraftNode } from "../model/draft";
import { Part } from "../Part";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { watchQueued } from "../store/queued";
import { cancelRun, goBy, goTo, runAgain, showRun, startRun, useRuns } from "../store/runs";
import { ConnectionSign } from "./ConnectionSign";
import { missingInputs, inputsSchema, rememberedInputs, triggersOf } from "./inputs";
import { debugActions } from "./debug";
import { partActions } from "./partial";
import { retryActions } from "./retry";
import { RunDialog } from "./RunDialog";
import { RunNotice } from "./RunNotice";
import { RunStatusView } from "./RunStatusView";
import { watchStale } from "./stale";

/** Run at once where that can be done; else ask for what is missing. */
function runNow(ask: () => void, paused = false): void {
  const { inputs, blueprint } = useDraft.getState();
  const remembered = rememberedInputs(blueprint.id);
  const schema = inputsSchema(inputs);
  if (missingInputs(schema, remembered).length) ask();
  else void startRun(schema ? remembered : {}, { paused });
}

const someEvents = (): boolean => useRuns.getState().count > 0;

const isShownOver = (): boolean => useRuns.getState().over;

function hasShownFailed(): boolean {
  const { shown, list } = useRuns.getState();
  return isShownOver() && list.find((run) => run.id === shown)?.status !== "succeeded";
}

let askForInputs: () => void = () => undefined;
let askHowAgain: () => void = () => undefined;
const AgainDialog = later(() => import("./AgainDialog").then((m) => m.AgainDialog));

watchStale();
watchQueued();
addActions([
  { name: "run", label: "Run", group: "Run", needs: "run", keys: ["Mod+Enter"], icon: Play, perform: () => runNow(askForInputs) },
  { name: "run-inputs", label: "Run with inputs…", group: "Run", needs: "run", keys: ["Mod+Shift+Enter"], icon: ListRestart, perform: () => askForInputs() },
  {
    name: "cancel-run",
    label: "Cancel the run",
    group: "Run",
    needs: "run",
    keys: ["Mod+Alt+Enter", "Shift+F8"],
    icon: Square,
    enabled: () => useRuns.getState().shown !== null && !useRuns.getState().over,
    perform: () => {
      const { shown } = useRuns.getState();
      if (shown) void cancelRun(shown);
    },
  },
  { name: "event-before", label: "One event back", group: "Run", needs: "view", keys: ["J"], enabled: someEvents, perform: () => goBy(-1) },
  { name: "event-after", label: "One event forward", group: "Run", needs: "view", keys: ["K"], enabled: someEvents, perform: () => goBy(1) },
  { name: "event-first", label: "To the run's first event", group: "Run", needs: "view", keys: ["Shift+J"], enabled: someEvents, perform: () => goTo(1) },
  { name: "event-last", label: "To the run's last event", group: "Run", needs: "view", keys: ["Shift+K"], enabled: someEvents, perform: () => goTo(useRuns.getState().count) },
  { name: "event-now", label: "Show the run as it is now", group: "Run", needs: "view", keys: ["L"], enabled: () => useRuns.getState().at !== null, perform: () => goTo(null) },
  { name: "rerun", label: "Run the shown run again", group: "Run", needs: "run", icon: RotateCcw, enabled: isShownOver, perform: () => void runAgain("start") },
  { name: "rerun-failed", label: "Run again from what failed", group: "Run", needs: "run", icon: RotateCcw, enabled: hasShownFailed, perform: () => void runAgain("failed") },
  { name: "rerun-choose", label: "Run the shown run again, as I choose…", group: "Run", needs: "run", icon: RotateCcw, enabled: isShownOver, perform: () => askHowAgain() },
  { name: "run-paused", label: "Run step by step", group: "Run", needs: "run", keys: ["Mod+F10"], icon: Footprints, perform: () => runNow(askForInputs, true) },
  ...partActions,
  ...debugActions,
  ...compareActions,
  ...retryActions,
  ...caseActions,
  { name: "leave-run", label: "Back to editing", group: "Run", needs: "view", enabled: () => useRuns.getState().shown !== null, perform: () => showRun(null) },
]);

interface MenuProps {
  triggers: readonly DraftNode[];
  onAsk: () => void;
  onClose: () => void;
}

function RunMenu({ triggers, onAsk, onClose }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  const types = useDraft((state) => state.types);
  useEffect(() => {
    list.current?.querySelector<HTMLButtonElement>("button")?.focus();
  }, []);
  const again = (from: "start" | "failed"): void => {
    onClose();
    void runAgain(from);
  };
  const step = (way: number): void => {
    const items = [...(list.current?.querySelectorAll<HTMLButtonElement>("button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    items[(at + way + items.length) % items.length]?.focus();
  };
  return (
    <div
      ref={list}
      className="run-menu"
      role="menu"
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
        else if (event.key === "ArrowDown") step(1);
        else if (event.key === "ArrowUp") step(-1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <button type="button" role="menuitem" onClick={onAsk} data-testid="run-inputs">
        <ListRestart size={15} aria-hidden /> Run with inputs…
      </button>
      <button
        type="button"
        role="menuitem"
        onClick={() => {
          onClose();
          actionNamed("run-paused")?.perform();
        }}
        data-testid="run-paused"
      >
        <Footprints size={15} aria-hidden /> Run step by step
      </button>
      {isShownOver() && (
        <button type="button" role="menuitem" onClick={() => again("start")} data-testid="rerun">
          <RotateCcw size={15} aria-hidden /> Run the shown run again
        </button>
      )}
      {hasShownFailed() && (
        <button type="button" role="menuitem" onClick={() => again("failed")} data-testid="rerun-failed">
          <RotateCcw size={15} aria-hidden /> Run again from what failed
        </button>
      )}
      {isShownOver() && (
        <button
          type="button"
          role="menuitem"
          onClick={() => {
            onClose();
            askHowAgain();
          }}
          data-testid="rerun-choose"
        >
          <RotateCcw size={15} aria-hidden /> Run again, as I choose…
        </button>
      )}
      {triggers.length > 1 && <p className="run-menu-title">Start at</p>}
      {triggers.length > 1 &&
        triggers.map((node) => (
          <button
            key={node.id}
            type="button"
            role="menuitem"
            onClick={() => {
              onClose();
              void startRun(rememberedInputs(useDraft.getState().blueprint.id), { trigger: node.id });
            }}
          >
            <Zap size={15} aria-hidden />
            {node.title || types.get(node.kind)?.title || node.kind}
            <code>{node.id}</code>
          </button>
        ))}
    </div>
  );
}

export function RunBar() {
  const [open, setOpen] = useState<"menu" | "dialog" | "again" | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const starting = useRuns((state) => state.starting);
  const nodes = useDraft((state) => state.nodes);
  const types = useDraft((state) => state.types);
  const runs = useMay("run");
  const ask = (): void => setOpen("dialog");

  useEffect(() => {
    askForInputs = () => setOpen("dialog");
    askHowAgain = () => setOpen("again");
    const away = (event: PointerEvent): void => {
      if (!frame.current?.contains(event.target as Node)) setOpen((now) => (now === "menu" ? null : now));
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);

  return (
    <div className="run-bar">
      <ConnectionSign />
      <RunNotice />
      <RunStatusView />
      {runs && <div className="run-split" ref={frame}>
        <button
          type="button"
          className="run-button"
          disabled={starting || nodes.length === 0}
          title={nodes.length ? "Run the draft (Ctrl+Enter)" : "Add a node first"}
          onClick={() => runNow(ask)}
          data-testid="run"
        >
          {starting ? <LoaderCircle size={15} className="turning" aria-hidden /> : <Play size={15} aria-hidden />}
          Run
        </button>
        <button
          type="button"
          className="run-more"
          aria-label="More ways to run"
          aria-haspopup="menu"
          aria-expanded={open === "menu"}
          disabled={nodes.length === 0}
          onClick={() => setOpen(open === "menu" ? null : "menu")}
          data-testid="run-menu"
        >
          <ChevronDown size={15} aria-hidden />
        </button>
        {open === "menu" && (
          <RunMenu triggers={triggersOf(nodes, types)} onAsk={ask} onClose={() => setOpen(null)} />
        )}
      </div>}
      {open === "dialog" && <RunDialog onClose={() => setOpen(null)} />}
      {open === "again" && (
        <Part>
          <AgainDialog onClose={() => setOpen(null)} />
        </Part>
      )}
    </div>
  );
}
