/** The text of a note in a picture: its Markdown as lines, since a picture breaks none by itself. */
import { type Block, blocksOf, type Inline } from "../model/markdown";

export interface Line {
  text: string;
  size: number;
  bold: boolean;
}

const SIZE = 13;
const HEADINGS = [16, 14.5, SIZE];
const LETTER = 0.51;

function plain(parts: readonly Inline[]): string {
  return parts.map((part) => ("inner" in part ? plain(part.inner) : part.text)).join("");
}

/** A text in lines as they would break in about its width. */
export function lines(text: string, width: number, letter: number): string[] {
  const most = Math.max(4, Math.floor(width / letter));
  return text.split("\n").flatMap((paragraph) => {
    const found: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line && line.length + 1 + word.length > most) {
        found.push(line);
        line = word;
      } else line = line ? `${line} ${word}` : word;
    }
    return [...found, line];
  });
}

function wordsOf(block: Block): string {
  switch (block.kind) {
    case "list":
      return block.items.map((item, index) => `${block.ordered ? `${block.start + index}.` : "•"} ${plain(item)}`).join("\n");
    case "code":
      return block.text;
    case "rule":
      return "———";
    default:
      return plain(block.inner);
  }
}

export function noteLines(text: string, width: number): Line[] {
  return blocksOf(text).flatMap((block) => {
    const size = block.kind === "heading" ? (HEADINGS[block.level - 1] ?? SIZE) : SIZE;
    return lines(wordsOf(block), width, size * LETTER).map((line): Line => ({ text: line, size, bold: block.kind === "heading" }));
  });
}
