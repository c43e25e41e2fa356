/** The Markdown of notes: headings, lists, quotes, code, emphasis and links; all else is plain text. */

export type Inline =
  | { kind: "text" | "code"; text: string }
  | { kind: "strong" | "em"; inner: Inline[] }
  | { kind: "link"; href: string; inner: Inline[] };

export type Block =
  | { kind: "heading"; level: number; inner: Inline[] }
  | { kind: "paragraph" | "quote"; inner: Inline[] }
  | { kind: "list"; ordered: boolean; start: number; items: Inline[][] }
  | { kind: "code"; text: string }
  | { kind: "rule" };

const INLINE =
  /`([^`]+)`|\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<![*\w])\*(?=\S)([^*]+?)(?<=\S)\*(?!\w)|(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)|\[([^\]]+)\]\(((?:https?:\/\/|mailto:)[^\s)]+)\)|(https?:\/\/[^\s<>)]*[^\s<>).,;:!?])/;

/** The parts of a line: only addresses of the web and of mail become links. */
export function inlineOf(text: string): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found; found = INLINE.exec(rest)) {
    const [whole, code, strong, star, low, words, href, address] = found;
    if (found.index) parts.push({ kind: "text", text: rest.slice(0, found.index) });
    const em = star ?? low;
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong !== undefined) parts.push({ kind: "strong", inner: inlineOf(strong) });
    else if (em !== undefined) parts.push({ kind: "em", inner: inlineOf(em) });
    else if (words !== undefined && href !== undefined) parts.push({ kind: "link", href, inner: [{ kind: "text", text: words }] });
    else if (address !== undefined) parts.push({ kind: "link", href: address, inner: [{ kind: "text", text: address }] });
    rest = rest.slice(found.index + whole.length);
  }
  if (rest) parts.push({ kind: "text", text: rest });
  return parts;
}

const HEADING = /^(#{1,4}) +(.+?)(?: +#+)?$/;
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/;
const ITEM = /^ {0,3}(?:[-*+]|(\d{1,9})[.)]) +(.*)$/;
const QUOTE = /^> ?(.*)$/;
const FENCE = /^```/;

const special = (line: string): boolean => [HEADING, RULE, ITEM, QUOTE, FENCE].some((form) => form.test(line));

/** The blocks of a text. Lines keep their ends within a paragraph, as people write them in a note. */
export function blocksOf(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  /** The lines from here on while they are wanted. */
  const run = (wanted: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && wanted(lines[at] ?? "")) at += 1;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (!line.trim()) at += 1;
    else if (FENCE.test(line)) {
      at += 1;
      const inner = run((one) => !FENCE.test(one));
      at += 1;
      blocks.push({ kind: "code", text: inner.join("\n") });
    } else if (heading) {
      at += 1;
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, inner: inlineOf(heading[2] ?? "") });
    } else if (RULE.test(line)) {
      at += 1;
      blocks.push({ kind: "rule" });
    } else if (item) {
      const ordered = item[1] !== undefined;
      const items = run((one) => (ITEM.exec(one)?.[1] !== undefined) === ordered && ITEM.test(one) && !RULE.test(one));
      blocks.push({
        kind: "list",
        ordered,
        start: Number(item[1] ?? 1),
        items: items.map((one) => inlineOf(ITEM.exec(one)?.[2] ?? "")),
      });
    } else if (QUOTE.test(line)) {
      const inner = run((one) => QUOTE.test(one)).map((one) => one.replace(QUOTE, "$1"));
      blocks.push({ kind: "quote", inner: inlineOf(inner.join("\n")) });
    } else {
      const inner = run((one) => one.trim() !== "" && !special(one));
      blocks.push({ kind: "paragraph", inner: inlineOf(inner.join("\n")) });
    }
  }
  return blocks;
}
