/** Tells the others where this page is: pointer and selection, as they move, and a colour of its own. */
import { usePeople } from "../store/people";
import { currentLink } from "../store/save";
import { useSelection } from "../store/selection";
import { useVersions } from "../store/versions";
import { pointerOnCanvas } from "./view";

export const COLOURS = 8;
const EVERY = 60;
/** With more people each says less often: what all hear together stays the same. */
const FEW = 4;
const MOST_SELECTED = 100;
/** The others say where they are when somebody comes; their colours are taken. */
const LISTEN_FIRST = 400;

let colour = -1;
let timer: ReturnType<typeof setTimeout> | undefined;
let told = 0;

function freeColour(): number {
  const taken = new Set(usePeople.getState().people.map((person) => person.colour));
  const start = Math.floor(Math.random() * COLOURS);
  for (let step = 0; step < COLOURS; step += 1) {
    const one = (start + step) % COLOURS;
    if (!taken.has(one)) return one;
  }
  return start;
}

function say(): void {
  timer = undefined;
  told = Date.now();
  const at = useVersions.getState().shown === null ? pointerOnCanvas() : null;
  const selection = [...useSelection.getState().nodes].slice(0, MOST_SELECTED);
  currentLink()?.move({ cursor: at && [Math.round(at.x), Math.round(at.y)], selection, colour });
}

function saySoon(): void {
  const { me, people } = usePeople.getState();
  if (timer !== undefined || !me || !people.length || colour < 0) return;
  const pause = EVERY * Math.max(1, people.length / FEW);
  timer = setTimeout(say, Math.max(0, told + pause - Date.now()));
}

/** Of two who chose the same colour, one takes another. */
function settleColour(): void {
  const { me, people } = usePeople.getState();
  if (me && people.some((person) => person.colour === colour && person.peer < me.peer)) colour = freeColour();
}

/** Begin to tell, from now on. */
export function showWhere(): void {
  window.addEventListener("pointermove", saySoon, { passive: true });
  document.documentElement.addEventListener("pointerleave", saySoon);
  useSelection.subscribe(saySoon);
  useVersions.subscribe(saySoon);
  usePeople.subscribe((now, before) => {
    if (now.me && now.me !== before.me) {
      setTimeout(() => {
        if (colour < 0) colour = freeColour();
        say();
      }, LISTEN_FIRST);
    }
    if (now.people.length > before.people.length && colour >= 0) {
      settleColour();
      saySoon();
    }
  });
}
