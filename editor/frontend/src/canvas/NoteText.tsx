/** What a note says, as Markdown; made of elements, so no text of it is ever taken for HTML. */
import { memo } from "react";

import { type Block, blocksOf, type Inline } from "../model/markdown";

function Part({ part }: { part: Inline }) {
  switch (part.kind) {
    case "text":
      return part.text;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return <strong><Parts parts={part.inner} /></strong>;
    case "em":
      return <em><Parts parts={part.inner} /></em>;
    case "link":
      return (
        <a className="nodrag" href={part.href} target="_blank" rel="noopener noreferrer">
          <Parts parts={part.inner} />
        </a>
      );
  }
}

function Parts({ parts }: { parts: readonly Inline[] }) {
  return parts.map((part, at) => <Part key={at} part={part} />);
}

function Piece({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading": {
      // The page's own headings are above those of a note.
      const Heading = (["h3", "h4", "h5", "h6"] as const)[block.level - 1] ?? "h6";
      return <Heading dir="auto"><Parts parts={block.inner} /></Heading>;
    }
    case "paragraph":
      return <p dir="auto"><Parts parts={block.inner} /></p>;
    case "quote":
      return <blockquote dir="auto"><Parts parts={block.inner} /></blockquote>;
    case "code":
      return <pre>{block.text}</pre>;
    case "rule":
      return <hr />;
    case "list": {
      const items = block.items.map((item, at) => <li key={at}><Parts parts={item} /></li>);
      return block.ordered ? <ol start={block.start} dir="auto">{items}</ol> : <ul dir="auto">{items}</ul>;
    }
  }
}

export const NoteText = memo(function NoteText({ text }: { text: string }) {
  return blocksOf(text).map((block, at) => <Piece key={at} block={block} />);
});
