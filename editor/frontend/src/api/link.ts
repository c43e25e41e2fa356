/**
 * The line on which a draft is shared: the socket of its blueprint, which reconnects and goes on
 * from the last change it has; where none can be opened, plain requests do the same, more slowly.
 */
import { fromBase64, toBase64 } from "./base64";
import { ApiError } from "./http";
import { later, type Wire } from "./socket";

export type LinkState = "connecting" | "open" | "requests" | "offline" | "signed-out" | "changed" | "gone";

/** What another page says of itself. */
export interface PersonState {
  name: string;
  colour: number;
  cursor: [number, number] | null;
  selection: string[];
}

/** How the server calls this page, and its person. */
export interface Me {
  peer: string;
  name: string;
}

/** What the server tells: changes of the draft, and who is where. */
export interface News {
  sequence?: number;
  revision?: number;
  updates?: string[];
  people?: Record<string, PersonState | null>;
}

export interface LinkOptions {
  readonly open: () => Wire;
  /** The same by a request: give a change (or none), and get what is new. */
  readonly exchange: (after: number, change: string) => Promise<Required<Omit<News, "people">>>;
  readonly schedule?: (run: () => void, delay: number) => () => void;
  readonly random?: () => number;
}

export interface LinkEvents {
  state(state: LinkState): void;
  /** Joined, and told of all that came before; `behind` when the server has less than this page. */
  joined(behind: boolean, me: Me): void;
  changed(updates: Uint8Array[]): void;
  revised(revision: number): void;
  people(people: Record<string, PersonState | null>): void;
  /** Hand over what is to be sent now; it is answered by saved, refused, or lost. */
  take(): Uint8Array | null;
  saved(): void;
  refused(message: string, code: string): void;
  lost(): void;
}

type FromServer =
  | ({ type: "news" } & News)
  | ({ type: "joined"; sequence: number; revision: number } & Me)
  | { type: "saved"; number: number; revision: number }
  | { type: "refused"; number: number; code: string; message: string }
  | { type: "error"; code: string; message: string };

const OPEN = 1;
const FIRST_DELAY = 300;
const LONGEST_DELAY = 15_000;
const REQUEST_EVERY = 3000;
/** A line that has died without a word is noticed by this. */
export const ANSWER_WITHIN = 10_000;
const NOT_SIGNED_IN = 4401;
const RIGHT_CHANGED = 4403;
const GONE = 4404;
/** Of the protocol itself: whoever serves, or stands before the server, takes no message of this size. */
const TOO_BIG = 1009;

export class Link {
  private wire: Wire | null = null;
  private joined = false;
  private closed = true;
  private attempts = 0;
  private number = 0;
  private waiting = false;
  private asking = false;
  private now: LinkState = "connecting";
  private unschedule: () => void = () => undefined;
  private unwatch: () => void = () => undefined;
  private unpoll: () => void = () => undefined;
  private readonly schedule: (run: () => void, delay: number) => () => void;
  private readonly random: () => number;

  constructor(
    private readonly options: LinkOptions,
    private readonly events: LinkEvents,
    private after: number,
  ) {
    this.schedule = options.schedule ?? later;
    this.random = options.random ?? Math.random;
  }

  /** There is nothing to go on with here. */
  private get over(): boolean {
    return this.now === "gone" || this.now === "changed";
  }

  get state(): LinkState {
    return this.now;
  }

  /** Open the line, now rather than at the end of a pause. */
  connect(): void {
    if (this.over) return;
    this.closed = false;
    this.unschedule();
    if (this.wire) return;
    const wire = this.options.open();
    this.wire = wire;
    this.unwatch = this.schedule(() => this.drop(wire), ANSWER_WITHIN);
    wire.onopen = () => this.tell({ type: "join", after: this.after });
    wire.onmessage = (message) => this.wire === wire && this.received(message.data);
    wire.onclose = ({ code }) => this.ended(wire, code);
  }

  /** The network is away: what is open is dead, and nothing is tried until it is back. */
  cut(): void {
    this.closed = true;
    this.unschedule();
    if (this.wire) this.drop(this.wire);
    else this.setState("offline");
  }

  /** Send what is to be sent, as soon as the last change was answered. */
  wake(): void {
    // One change is under way at a time, also where the line opens while a request has one.
    if (this.waiting || this.asking) return;
    if (!this.joined) {
      if (this.now === "requests") void this.ask();
      return;
    }
    const update = this.events.take();
    if (!update) return;
    this.waiting = true;
    this.number += 1;
    this.tell({ type: "update", number: this.number, update: toBase64(update) });
    const { wire } = this;
    this.unwatch = this.schedule(() => wire && this.drop(wire), ANSWER_WITHIN);
  }

  /** Say where this page is; said again when it is asked for, by the server. */
  move(state: Omit<PersonState, "name">): void {
    if (this.joined) this.tell({ type: "presence", ...state });
  }

  private received(text: string): void {
    const message = JSON.parse(text) as FromServer;
    if (message.type === "joined") {
      this.unwatch();
      this.unpoll();
      this.joined = true;
      this.attempts = 0;
      this.setState("open");
      this.events.revised(message.revision);
      this.events.joined(message.sequence < this.after, { peer: message.peer, name: message.name });
      this.after = Math.min(this.after, message.sequence);
      this.wake();
    } else if (message.type === "news") {
      this.news(message);
      this.tell({ type: "seen" });
    } else if (message.type === "error") {
      if (this.waiting) this.answered(() => this.events.refused(message.message, message.code));
    } else if (message.number === this.number && this.waiting) {
      this.answered(() => {
        if (message.type === "refused") this.events.refused(message.message, message.code);
        else {
          this.events.revised(message.revision);
          this.events.saved();
        }
      });
    }
  }

  private answered(tell: () => void): void {
    this.unwatch();
    this.waiting = false;
    tell();
  }

  private news({ sequence, revision, updates, people }: News): void {
    if (updates?.length) this.events.changed(updates.map(fromBase64));
    if (sequence !== undefined) this.after = sequence;
    if (revision !== undefined) this.events.revised(revision);
    if (people) this.events.people(people);
  }

  private drop(wire: Wire): void {
    wire.close();
    // A dead line may take minutes to close.
    this.ended(wire, 1006);
  }

  private ended(wire: Wire, code: number): void {
    if (this.wire !== wire) return;
    this.unwatch();
    this.wire = null;
    this.joined = false;
    // Sent again, it would be cut off again.
    if (code === TOO_BIG && this.waiting) this.answered(() => this.events.refused("The change is larger than the server takes in at once.", "too_large"));
    this.lose();
    if (code === GONE || code === RIGHT_CHANGED) {
      this.setState(code === GONE ? "gone" : "changed");
      return;
    }
    if (code === NOT_SIGNED_IN) {
      // Somebody may sign in again in another tab: the page goes on then, but asks seldom.
      this.setState("signed-out");
      this.unschedule = this.schedule(() => this.connect(), LONGEST_DELAY);
      return;
    }
    if (this.now !== "requests" || this.closed) this.setState("offline");
    if (this.closed) return;
    this.attempts += 1;
    if (this.attempts > 1) void this.ask();
    // Full jitter above a floor: a restarted server isn't met by all pages at once.
    const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.attempts - 1));
    this.unschedule = this.schedule(() => this.connect(), ceiling / 2 + (ceiling / 2) * this.random());
  }

  private lose(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.events.lost();
  }

  /** Give and get by a request what the socket can't. */
  private async ask(): Promise<void> {
    if (this.asking || this.closed) return;
    this.asking = true;
    const update = this.events.take();
    try {
      const answer = await this.options.exchange(this.after, update ? toBase64(update) : "");
      this.news(answer);
      if (update) this.events.saved();
      if (!this.joined && !this.closed) this.setState("requests");
    } catch (error) {
      if (update && error instanceof ApiError && error.status === 400) this.events.refused(error.message, error.code);
      else if (update) this.events.lost();
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) this.setState("gone");
      else if (!this.joined && (error.offline || error.status >= 500)) this.setState("offline");
    } finally {
      this.asking = false;
      if (this.joined) this.wake();
      this.unpoll();
      this.unpoll = this.schedule(() => {
        if (this.now === "requests") void this.ask();
      }, REQUEST_EVERY);
    }
  }

  private tell(message: object): void {
    if (this.wire?.readyState === OPEN) this.wire.send(JSON.stringify(message));
  }

  private setState(state: LinkState): void {
    if (state === this.now || this.over) return;
    this.now = state;
    this.events.state(state);
  }
}
