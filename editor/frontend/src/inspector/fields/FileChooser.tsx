/** The dialog in which a file of the blueprints' folder is chosen, or a new one uploaded. */
import { CornerLeftUp, File, Folder, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { ApiError, failureOf, get, sendBody } from "../../api/http";
import { Dialog } from "../../frame/Dialog";
import { PickList } from "../../frame/PickList";
import { sizeText } from "../../runs/format";

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly folder: boolean;
  readonly size: number;
}

interface Listed {
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

interface Props {
  path: string;
  onChoose: (path: string) => void;
  onClose: () => void;
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
}

function sentence(error: unknown): string {
  return error instanceof ApiError ? error.message : "The file can’t be read.";
}

export function FileChooser({ path, onChoose, onClose }: Props) {
  const [folder, setFolder] = useState(path.includes("{{") ? "" : folderOf(path));
  const [listed, setListed] = useState<Listed | null>(null);
  const [query, setQuery] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  /** A file that would take the place of another one. */
  const [taken, setTaken] = useState<globalThis.File | null>(null);
  const [sending, setSending] = useState(false);
  const picker = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const stop = new AbortController();
    get<Listed>(`files/?path=${encodeURIComponent(folder)}`, stop.signal)
      .then(setListed)
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        // A folder that is not there yet: the file in it is still to be written.
        if (error instanceof ApiError && error.status === 404 && folder) setFolder("");
        else setWrong(sentence(error));
      });
    return () => stop.abort();
  }, [folder]);

  const enter = (next: string): void => {
    setListed(null);
    setQuery("");
    setTaken(null);
    setWrong(null);
    setFolder(next);
  };
  const upload = async (file: globalThis.File, over = false): Promise<void> => {
    const to = folder ? `${folder}/${file.name}` : file.name;
    setWrong(null);
    setTaken(null);
    setSending(true);
    try {
      const answer = await sendBody(`files/?path=${encodeURIComponent(to)}${over ? "&replace=true" : ""}`, file);
      if (answer.ok) {
        onChoose(to);
        return;
      }
      const failure = failureOf(answer, await answer.text());
      if (failure.code === "file_exists") setTaken(file);
      setWrong(failure.message);
    } catch (error) {
      setWrong(sentence(error));
    }
    setSending(false);
  };

  const up: Entry[] = folder ? [{ name: "..", path: folderOf(folder), folder: true, size: 0 }] : [];
  const wanted = query.trim().toLowerCase();
  const items = [...up, ...(listed?.entries ?? [])].filter((entry) => entry.name.toLowerCase().includes(wanted));
  return (
    <Dialog title="Choose a file" onClose={onClose} testId="file-chooser">
      <p className="dialog-about">
        In <code>{folder ? `${folder}/` : "the blueprints’ folder"}</code>
        {listed?.more && ", of which the first thousand are shown"}
      </p>
      <PickList
        label="Files"
        placeholder="Find a file"
        none={listed ? (wanted ? "No file is named like this." : "There is no file here yet.") : "Loading…"}
        query={query}
        onQuery={setQuery}
        items={items}
        keyOf={(entry) => entry.path || ".."}
        show={(entry) => (
          <>
            {entry.name === ".." ? <CornerLeftUp size={15} aria-hidden /> : entry.folder ? <Folder size={15} aria-hidden /> : <File size={15} aria-hidden />}
            <span className="find-name">{entry.name === ".." ? "To the folder above" : entry.name}</span>
            <span className="file-size">{entry.folder ? "" : sizeText(entry.size)}</span>
          </>
        )}
        onChoose={(entry) => (entry.folder ? enter(entry.path) : onChoose(entry.path))}
      />
      {wrong && (
        <p className="dialog-error" role="alert">
          {wrong}
        </p>
      )}
      <footer>
        <input
          ref={picker}
          type="file"
          hidden
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            event.target.value = "";
            if (file) void upload(file);
          }}
          data-testid="upload-picker"
        />
        {taken && (
          <button type="button" className="button" disabled={sending} onClick={() => void upload(taken, true)}>
            Replace it
          </button>
        )}
        <button type="button" className="button" disabled={sending} onClick={() => picker.current?.click()} data-testid="upload">
          <Upload size={15} aria-hidden />
          {sending ? "Uploading…" : "Upload a file…"}
        </button>
      </footer>
    </Dialog>
  );
}
