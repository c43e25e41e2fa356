/** Notes go with the nodes that they are about: those that lie on them, or the one that they stand beside. */
import { around, type Box, overlaps, wayFree } from "./geometry";

type Placed = Box & { id: string };

/** A note this close to a node, and on none, is about that node. */
const BESIDE = 60;
/** Above what a note goes around is room for a line of its text. */
export const NOTE_HEAD = 60;
export const NOTE_SIDE = 20;

function holds(note: Box, box: Box): boolean {
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return x >= note.x && x <= note.x + note.width && y >= note.y && y <= note.y + note.height;
}

function distance(one: Box, other: Box): number {
  const across = Math.max(one.x - other.x - other.width, other.x - one.x - one.width, 0);
  const down = Math.max(one.y - other.y - other.height, other.y - one.y - one.height, 0);
  return Math.hypot(across, down);
}

function about(note: Box, boxes: readonly Placed[]): readonly Placed[] {
  const on = boxes.filter((box) => holds(note, box));
  if (on.length) return on;
  const [nearest] = boxes
    .map((box) => ({ box, far: distance(note, box) }))
    .filter(({ far }) => far <= BESIDE)
    .sort((one, other) => one.far - other.far);
  return nearest ? [nearest.box] : [];
}

/** The notes that change when nodes move from their boxes to others; one grows with what lies on it. */
export function notesBehind<N extends Placed>(notes: readonly N[], before: readonly Placed[], after: ReadonlyMap<string, Box>): Placed[] {
  return notes.flatMap((note) => {
    const own = about(note, before);
    const [stood, stand] = [around(own), around(own.map((box) => after.get(box.id) ?? box))];
    if (!stood || !stand) return [];
    const moved = {
      id: note.id,
      x: note.x + stand.x - stood.x,
      y: note.y + stand.y - stood.y,
      width: Math.max(note.width, note.width + stand.width - stood.width),
      height: Math.max(note.height, note.height + stand.height - stood.height),
    };
    const same = moved.x === note.x && moved.y === note.y && moved.width === note.width && moved.height === note.height;
    return same ? [] : [moved];
  });
}

/** The box of a note around another box. */
export function paperAround({ x, y, width, height }: Box): Box {
  return { x: x - NOTE_SIDE, y: y - NOTE_HEAD, width: width + 2 * NOTE_SIDE, height: height + NOTE_HEAD + NOTE_SIDE };
}

/**
 * The notes that change when a frame has come around nodes: one on which all of these lie grows around the frame, and
 * those over the frame's title move out of it together, to where they cover nothing.
 */
export function notesAside<N extends Placed>(
  notes: readonly N[],
  frame: Box & { header: number },
  held: readonly Box[],
  others: readonly Box[],
): Placed[] {
  const paper = notes.filter((note) => held.every((box) => holds(note, box)));
  const title = { ...frame, height: frame.header };
  const over = notes.filter((note) => !paper.includes(note) && overlaps(note, title));
  const beside = notes.filter((note) => !paper.includes(note) && !over.includes(note));
  const [dx, dy] = wayFree(over, [frame, ...others, ...beside]);
  const grown = paper.flatMap((note) => {
    const whole = around([note, paperAround(frame)]);
    const same = whole?.width === note.width && whole.height === note.height;
    return same || !whole ? [] : [{ id: note.id, ...whole }];
  });
  return [...grown, ...over.map(({ id, x, y, width, height }) => ({ id, x: x + dx, y: y + dy, width, height }))];
}
