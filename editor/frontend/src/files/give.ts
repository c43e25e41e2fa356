/** The draft as a file: JSON, YAML, or a picture that has the blueprint inside. */
import { send } from "../api/files";
import { withText } from "../model/png";
import type { Document } from "../model/types";
import { useDraft } from "../store/document";
import { draftToGive } from "../store/given";
import { say } from "../store/ui";
import { draw } from "../versions/drawn";
import { coloursOfPage } from "./colours";
import { KEYWORD, type Picture, picture } from "./svg";

export type Form = "json" | "yaml" | "svg" | "png";

/** Twice as many pixels as on the screen, but no more than browsers can draw. */
const DENSITY = 2;
const LONGEST_SIDE = 12_000;
const MOST_PIXELS = 60_000_000;

function save(content: BlobPart[], type: string, name: string, ending: string): void {
  const address = URL.createObjectURL(new Blob(content, { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "blueprint"}.${ending}`;
  link.click();
  URL.revokeObjectURL(address);
}

function written(made: Document): string {
  return `${JSON.stringify(made, null, 2)}\n`;
}

async function pictureOf(made: Document): Promise<Picture> {
  const drawn = await draw(made, useDraft.getState().types, { collapse: true });
  return picture(drawn, made.name, JSON.stringify(made), coloursOfPage());
}

async function pixels({ svg, width, height }: Picture): Promise<Uint8Array> {
  const density = Math.min(DENSITY, LONGEST_SIDE / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)));
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * density));
    canvas.height = Math.max(1, Math.round(height * density));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (!blob) throw new Error("The browser can’t draw a picture this large; export SVG instead.");
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    URL.revokeObjectURL(address);
  }
}

async function giveAs(form: Form): Promise<void> {
  const made = draftToGive();
  if (form === "json") save([written(made)], "application/json", made.name, form);
  else if (form === "yaml") save([await send("documents/?format=yaml", written(made))], "application/yaml", made.name, form);
  else {
    const drawn = await pictureOf(made);
    if (form === "svg") save([drawn.svg], "image/svg+xml", made.name, form);
    else {
      const png = withText(await pixels(drawn), KEYWORD, JSON.stringify(made));
      save([png as Uint8Array<ArrayBuffer>], "image/png", made.name, form);
    }
  }
}

/** Give the draft, as it is now, in a form; what stands against it is said. */
export async function give(form: Form): Promise<void> {
  try {
    await giveAs(form);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error), "danger");
  }
}
