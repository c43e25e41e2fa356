/** The frame: top bar; palette, canvas and inspector; runs and tests below; what lies above them all. */
import { PanelBottom, PanelLeft, PanelRight } from "lucide-react";
import { type CSSProperties, useEffect } from "react";

import { listenToKeysWhenLoaded } from "./actions/early";
import { Tool } from "./actions/Tool";
import { Canvas } from "./canvas/Canvas";
import { Message } from "./frame/Message";
import { Splitter } from "./frame/Splitter";
import { TopBar } from "./frame/TopBar";
import { arrived, later } from "./later";
import type { Bootstrap } from "./model/types";
import { Part } from "./Part";
import { useCompared } from "./store/compared";
import { beginStep, useDraft } from "./store/document";
import { useMay } from "./store/rights";
import { type Dialog, setPanels, useUi } from "./store/ui";
import { useReadOnly, useVersions } from "./store/versions";

// The canvas comes first; what stands around it, or opens later, is loaded beside it.
const Inspector = later(() => import("./inspector/Inspector").then((m) => m.Inspector));
const Palette = later(() => import("./palette/Palette").then((m) => m.Palette));
const QuickAdd = later(() => import("./palette/QuickAdd").then((m) => m.QuickAdd));
const RunsPanel = later(() => import("./runs/RunsPanel").then((m) => m.RunsPanel));
const DebugPanel = later(() => import("./runs/DebugPanel").then((m) => m.DebugPanel));
const Scrubber = later(() => import("./runs/Scrubber").then((m) => m.Scrubber));
const CoverageLegend = later(() => import("./cases/CoverageLegend").then((m) => m.CoverageLegend));
const Crumbs = later(() => import("./canvas/Crumbs").then((m) => m.Crumbs));
const ContextMenu = later(() => import("./canvas/ContextMenu").then((m) => m.ContextMenu));
const Gone = later(() => import("./frame/Gone").then((m) => m.Gone));
const Looking = later(() => import("./versions/Looking").then((m) => m.Looking));
const Comparing = later(() => import("./compared/Comparing").then((m) => m.Comparing));
const ComparedNode = later(() => import("./compared/ComparedNode").then((m) => m.ComparedNode));
const VersionsPanel = later(() => import("./versions/Panel").then((m) => m.Panel));
const ConverterOffer = later(() => import("./canvas/ConverterOffer").then((m) => m.ConverterOffer));
const DIALOGS: Record<Dialog, ReturnType<typeof later>> = {
  collapse: later(() => import("./frame/CollapsePart").then((m) => m.CollapsePart)),
  commands: later(() => import("./frame/Commands").then((m) => m.Commands)),
  find: later(() => import("./frame/Find").then((m) => m.Find)),
  help: later(() => import("./frame/Help").then((m) => m.Help)),
  share: later(() => import("./share/Share").then((m) => m.Share)),
  "compare-runs": later(() => import("./compared/Choose").then((m) => m.Choose)),
  publish: later(() => import("./frame/Publish").then((m) => m.Publish)),
};

function PanelTools() {
  const edits = useMay("edit");
  const { palette, inspector, drawer } = useUi((state) => state.panels);
  return (
    <div className="panel-tools" role="toolbar" aria-label="Panels">
      {edits && <Tool label="Nodes" action="palette" keys="Mod+B" icon={PanelLeft} pressed={palette} onClick={() => setPanels({ palette: !palette })} testId="toggle-palette" />}
      <Tool label="Runs and tests" action="drawer" keys="Mod+J" icon={PanelBottom} pressed={drawer} onClick={() => setPanels({ drawer: !drawer })} testId="toggle-drawer" />
      <Tool label="Form" action="inspector" keys="Mod+I" icon={PanelRight} pressed={inspector} onClick={() => setPanels({ inspector: !inspector })} testId="toggle-inspector" />
    </div>
  );
}

export function Editor({ bootstrap }: { bootstrap: Bootstrap }) {
  const panels = useUi((state) => state.panels);
  const edits = useMay("edit");
  const gone = useDraft((state) => state.saveState === "gone");
  const dialog = useUi((state) => state.dialog);
  const offer = useUi((state) => state.offer !== null);
  const versions = useVersions((state) => state.open);
  const comparing = useCompared((state) => state.other !== null);
  const reading = useReadOnly();
  const Shown = dialog && DIALOGS[dialog];
  useEffect(() => {
    listenToKeysWhenLoaded();
    void arrived(() => import("./canvas/clipboard")).then(({ listenToClipboard }) => listenToClipboard());
  }, []);
  const measures = {
    "--palette-width": `${panels.paletteWidth}px`,
    "--inspector-width": `${panels.inspectorWidth}px`,
    "--drawer-height": `${panels.drawerHeight}px`,
  } as CSSProperties;
  return (
    <div className="editor" style={measures}>
      <TopBar bootstrap={bootstrap} />
      <main className="workspace">
        {panels.palette && edits && !reading && (
          <>
            <Part name="The list of nodes" fallback={<nav className="palette" />}>
              <Palette />
            </Part>
            <Splitter
              label="Width of the nodes panel"
              panel="left"
              size={panels.paletteWidth}
              least={180}
              most={400}
              onSize={(paletteWidth) => setPanels({ paletteWidth })}
            />
          </>
        )}
        <div className="stage">
          <Part>{gone && <Gone />}</Part>
          <div className="stage-canvas">
            <div className="stage-draft" inert={reading}>
              <Part name="The canvas">
                <Canvas />
              </Part>
              <PanelTools />
              <Part>
                <Crumbs />
                <CoverageLegend />
              </Part>
            </div>
            <Part>{comparing ? <Comparing /> : reading && <Looking />}</Part>
            <Message />
          </div>
          <Part>
            <DebugPanel />
          </Part>
          <Part>
            {!comparing && <Scrubber />}
          </Part>
          {panels.drawer && (
            <>
              <Splitter
                label="Height of the runs and tests"
                panel="below"
                size={panels.drawerHeight}
                least={120}
                most={560}
                onSize={(drawerHeight) => setPanels({ drawerHeight })}
              />
              <section className="drawer" aria-label="Runs and tests">
                <Part name="Runs and tests">
                  <RunsPanel />
                </Part>
              </section>
            </>
          )}
        </div>
        {(panels.inspector || versions) && (
          <>
            <Splitter
              label="Width of the form"
              panel="right"
              size={panels.inspectorWidth}
              least={260}
              most={640}
              onSize={(inspectorWidth) => setPanels({ inspectorWidth })}
            />
            {/* Each visit to a field is an undo step of its own, however quickly the next field is visited. */}
            <section
              className="inspector-frame"
              aria-label={comparing ? "The node in both runs" : versions ? "Versions" : "Form"}
              onFocus={beginStep}
            >
              <Part name="The form">{comparing ? <ComparedNode /> : versions ? <VersionsPanel /> : <Inspector />}</Part>
            </section>
          </>
        )}
        <Part>
          <ContextMenu />
        </Part>
        <Part>{offer && <ConverterOffer />}</Part>
      </main>
      <Part>
        <QuickAdd />
      </Part>
      <Part key={dialog} name="The dialog">{Shown && <Shown />}</Part>
    </div>
  );
}
