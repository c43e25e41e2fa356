/** The path of a file below the blueprints' folder: written, or chosen from what is there. */
import { FolderOpen } from "lucide-react";
import { useState } from "react";
import { createPortal } from "react-dom";

import { TextField } from "./TextField";
import type { FieldProps } from "./types";
import { later } from "../../later";
import { Part } from "../../Part";

const FileChooser = later(() => import("./FileChooser").then((m) => m.FileChooser));

export function FileField(props: FieldProps) {
  const { id, label, value, onChange } = props;
  const [open, setOpen] = useState(false);
  return (
    <span className="field-file">
      <TextField {...props} />
      <button
        type="button"
        className="small-tool"
        aria-label={`Choose a file for ${label.toLowerCase()}`}
        title="Choose a file, or upload one"
        onClick={() => setOpen(true)}
        data-testid={`choose-${id}`}
      >
        <FolderOpen size={14} aria-hidden />
      </button>
      {open &&
        createPortal(
          <Part>
            <FileChooser
              path={typeof value === "string" ? value : ""}
              onChoose={(path) => {
                onChange(path);
                setOpen(false);
              }}
              onClose={() => setOpen(false)}
            />
          </Part>,
          document.body,
        )}
    </span>
  );
}
