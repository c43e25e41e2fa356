/** The draft as a Yjs document: read from and written to `conductor/1`, changed by small operations. */
export { type Entries, readAgain } from "./again";
export { type BlueprintField, loadDocument, setBlueprint, toDocument } from "./document";
export { addEdge, type DraftEdge, readEdge, readEdges, readRoutes, renameOutput, replaceEdge, setRoute } from "./edges";
export {
  type DraftNode,
  nodeIds,
  readNode,
  setCollapsed,
  setFrame,
  setIdle,
  setKind,
  setParameter,
  setPin,
  setPromoted,
  setSetting,
  setTitle,
} from "./nodes";
export { type DraftNote, NOTE_COLORS, NOTE_DEFAULTS, noteIds, readNote, setNote } from "./notes";
export { freshId, insert, type Insertion, moveNodes, remove } from "./pieces";
export { LOCAL, maps, REMOTE, type Shared, valuesOf } from "./shared";
