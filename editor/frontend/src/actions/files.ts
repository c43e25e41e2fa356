/** The actions of files: out of the editor, and into it. */
import { Download, FileInput, FileText, Image, ImageDown } from "lucide-react";

import type { Form } from "../files/give";
import { whenLoaded } from "../later";
import { download } from "../store/save";
import type { Action } from "./types";

/** What draws pictures is loaded when one is wanted. */
function giver(form: Form): () => void {
  return () => whenLoaded(() => import("../files/give"), ({ give }) => void give(form));
}

export const files: Action[] = [
  { name: "download", label: "Download as JSON", group: "File", needs: "view", reading: true, icon: Download, perform: download },
  { name: "download-yaml", label: "Download as YAML", group: "File", needs: "view", reading: true, icon: FileText, perform: giver("yaml") },
  { name: "download-svg", label: "Download as an SVG picture", group: "File", needs: "view", reading: true, icon: Image, perform: giver("svg") },
  { name: "download-png", label: "Download as a PNG picture", group: "File", needs: "view", reading: true, icon: ImageDown, perform: giver("png") },
  {
    name: "insert-file",
    label: "Insert a file…",
    group: "File",
    icon: FileInput,
    perform: () => whenLoaded(() => import("../files/take"), ({ choose }) => choose()),
  },
];
