/** The page's start: reads the bootstrap that the server put there and draws the editor. */
import { createRoot } from "react-dom/client";

import { configureApi } from "./api/http";
import { placeUnplaced } from "./canvas/unplaced";
import { Editor } from "./Editor";
import { arrived, loadAhead } from "./later";
import type { Bootstrap } from "./model/types";
import { Part } from "./Part";
import { collectChanges } from "./store/changed";
import { onUndo, openDraft } from "./store/document";
import { may, openRights } from "./store/rights";
import { applyTheme, followWidth, showDialog } from "./store/ui";
import "@xyflow/react/dist/base.css";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/messages.css";
import "./styles/dialogs.css";
import "./styles/canvas.css";
import "./styles/cards.css";
import "./styles/ports.css";
import "./styles/notes.css";
import "./styles/overlay.css";
import "./styles/frames.css";
import "./styles/drawn.css";
import "./styles/palette.css";
import "./styles/inspector.css";
import "./styles/fields.css";
import "./styles/lists.css";
import "./styles/settings.css";
import "./styles/triggers.css";
import "./styles/expressions.css";
import "./styles/runs.css";
import "./styles/drawer.css";
import "./styles/steps.css";
import "./styles/values.css";
import "./styles/debug.css";
import "./styles/cases.css";
import "./styles/case-form.css";
import "./styles/versions.css";
import "./styles/changes.css";
import "./styles/compared.css";
import "./styles/items.css";
import "./styles/files.css";
import "./styles/people.css";
import "./styles/share.css";
import "./styles/narrow.css";
import "./styles/contrast.css";

async function start(bootstrap: Bootstrap, root: HTMLElement): Promise<void> {
  configureApi(bootstrap.urls.api);
  applyTheme();
  followWidth();
  openRights(bootstrap);
  openDraft(bootstrap);
  const changed = collectChanges();
  await placeUnplaced();
  // A node that comes back may have lost its place to what another person did since.
  onUndo(() => void placeUnplaced());
  createRoot(root).render(
    <Part name="The editor">
      <Editor bootstrap={bootstrap} />
    </Part>,
  );
  if (window.location.hash === "#share" && may("own")) showDialog("share");
  // The drawing needs none of it for its first picture.
  const [{ connectDraft, startSaving }, { connectRuns }, { showWhere }] = await arrived(() =>
    Promise.all([import("./store/save"), import("./store/runs"), import("./canvas/where")]),
  );
  startSaving(changed, () => void placeUnplaced());
  connectDraft(bootstrap);
  showWhere();
  connectRuns(bootstrap);
  loadAhead();
}

const source = document.getElementById("bootstrap");
const root = document.getElementById("editor");
if (source?.textContent && root) void start(JSON.parse(source.textContent) as Bootstrap, root);
