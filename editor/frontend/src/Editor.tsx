/** The frame: top bar; palette, canvas and inspector; runs and tests below; what lies above them all. */
import { PanelBottom, PanelLeft, PanelRight } from "lucide-react";
import { type CSSProperties, lazy, Suspense, useEffect } from "react";

import { listenToKeysWhenLoaded } from "./actions/early";
import { Tool } from "./actions/Tool";
import { Canvas } from "./canvas/Canvas";
import { Message } from "./frame/Message";
import { Splitter } from "./frame/Splitter";
import { TopBar } from "./frame/TopBar";
import type { Bootstrap } from "./model/types";
import { useCompared } from "./store/compared";
import { useDraft } from "./store/document";
import { useMay } from "./store/rights";
import { type Dialog, setPanels, useUi } from "./store/ui";
import { useReadOnly, useVersions } from "./store/versions";

// The canvas comes first; what stands around it, or opens later, is loaded beside it.
const Inspector = lazy(() => import("./inspector/Inspector").then((m) => ({ default: m.Inspector })));
const Palette = lazy(() => import("./palette/Palette").then((m) => ({ default: m.Palette })));
const QuickAdd = lazy(() => import("./palette/QuickAdd").then((m) => ({ default: m.QuickAdd })));
const RunsPanel = lazy(() => import("./runs/RunsPanel").then((m) => ({ default: m.RunsPanel })));
const DebugPanel = lazy(() => import("./runs/DebugPanel").then((m) => ({ default: m.DebugPanel })));
const Scrubber = lazy(() => import("./runs/Scrubber").then((m) => ({ default: m.Scrubber })));
const CoverageLegend = lazy(() => import("./cases/CoverageLegend").then((m) => ({ default: m.CoverageLegend })));
const Crumbs = lazy(() => import("./canvas/Crumbs").then((m) => ({ default: m.Crumbs })));
const ContextMenu = lazy(() => import("./canvas/ContextMenu").then((m) => ({ default: m.ContextMenu })));
const Gone = lazy(() => import("./frame/Gone").then((m) => ({ default: m.Gone })));
const Looking = lazy(() => import("./versions/Looking").then((m) => ({ default: m.Looking })));
const Comparing = lazy(() => import("./compared/Comparing").then((m) => ({ default: m.Comparing })));
const ComparedNode = lazy(() => import("./compared/ComparedNode").then((m) => ({ default: m.ComparedNode })));
const VersionsPanel = lazy(() => import("./versions/Panel").then((m) => ({ default: m.Panel })));
const ConverterOffer = lazy(() => import("./canvas/ConverterOffer").then((m) => ({ default: m.ConverterOffer })));
const DIALOGS: Record<Dialog, ReturnType<typeof lazy>> = {
  collapse: lazy(() => import("./frame/CollapsePart").then((m) => ({ default: m.CollapsePart }))),
  commands: lazy(() => import("./frame/Commands").then((m) => ({ default: m.Commands }))),
  find: lazy(() => import("./frame/Find").then((m) => ({ default: m.Find }))),
  help: lazy(() => import("./frame/Help").then((m) => ({ default: m.Help }))),
  share: lazy(() => import("./share/Share").then((m) => ({ default: m.Share }))),
  "compare-runs": lazy(() => import("./compared/Choose").then((m) => ({ default: m.Choose }))),
  publish: lazy(() => import("./frame/Publish").then((m) => ({ default: m.Publish }))),
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
    void import("./canvas/clipboard").then(({ listenToClipboard }) => listenToClipboard());
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
            <Suspense fallback={<nav className="palette" />}>
              <Palette />
            </Suspense>
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
          <Suspense>{gone && <Gone />}</Suspense>
          <div className="stage-canvas">
            <div className="stage-draft" inert={reading}>
              <Canvas />
              <PanelTools />
              <Suspense>
                <Crumbs />
                <CoverageLegend />
              </Suspense>
            </div>
            <Suspense>{comparing ? <Comparing /> : reading && <Looking />}</Suspense>
            <Message />
          </div>
          <Suspense>
            <DebugPanel />
          </Suspense>
          <Suspense>
            {!comparing && <Scrubber />}
          </Suspense>
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
                <Suspense>
                  <RunsPanel />
                </Suspense>
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
            <section className="inspector-frame" aria-label={comparing ? "The node in both runs" : versions ? "Versions" : "Form"}>
              <Suspense>{comparing ? <ComparedNode /> : versions ? <VersionsPanel /> : <Inspector />}</Suspense>
            </section>
          </>
        )}
        <Suspense>
          <ContextMenu />
        </Suspense>
        <Suspense>{offer && <ConverterOffer />}</Suspense>
      </main>
      <Suspense>
        <QuickAdd />
      </Suspense>
      <Suspense>{Shown && <Shown />}</Suspense>
    </div>
  );
}
