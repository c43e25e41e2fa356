/** The page's one websocket: it reconnects, and goes on in each run from the last event it has. */

import type { Run } from "../model/types";
import type { RunEvent } from "./events";
import { tryWithOthers } from "./lines";

export type Connection = "connecting" | "open" | "reconnecting" | "offline" | "signed-out";

/** The part of a WebSocket that is used here, so that tests can bring their own. */
export interface Wire {
  readyState: number;
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface SocketOptions {
  readonly open: () => Wire;
  readonly schedule?: (run: () => void, delay: number) => () => void;
  readonly random?: () => number;
}

interface RunSubscription {
  last: number;
  /** A replay was asked for, so what follows the gap is not wanted a second time. */
  asked: boolean;
  readonly onEvents: (events: readonly RunEvent[]) => void;
}

type FromServer =
  | { type: "events"; run: string; events: RunEvent[] }
  | { type: "runs"; blueprint: string; runs: Run[] }
  | { type: "resync"; run: string; after: number }
  | { type: "error"; code: string; message: string; run?: string; blueprint?: string };

const FIRST_DELAY = 300;
const LONGEST_DELAY = 15_000;
const OPEN = 1;
/** The server closes with it where the session has ended. */
const NOT_SIGNED_IN = 4401;

export class Socket {
  private wire: Wire | null = null;
  private attempts = 0;
  private unschedule: (() => void) | null = null;
  private closed = false;
  private state: Connection = "connecting";
  private readonly runs = new Map<string, RunSubscription>();
  private readonly blueprints = new Map<string, (runs: readonly Run[]) => void>();
  private readonly schedule: (run: () => void, delay: number) => () => void;
  private readonly random: () => number;

  onConnection: (state: Connection) => void = () => undefined;
  onError: (error: { code: string; message: string; run?: string; blueprint?: string }) => void = () => undefined;

  constructor(private readonly options: SocketOptions) {
    this.schedule = options.schedule ?? later;
    this.random = options.random ?? Math.random;
  }

  get connection(): Connection {
    return this.state;
  }

  /** Open the wire, now rather than at the end of a pause. */
  connect(): void {
    this.closed = false;
    this.unschedule?.();
    this.unschedule = null;
    if (this.wire) return;
    if (this.state !== "signed-out") this.setState(this.attempts ? "reconnecting" : "connecting");
    const wire = this.options.open();
    this.wire = wire;
    wire.onopen = () => this.opened();
    wire.onmessage = (message) => this.received(message.data);
    wire.onclose = ({ code }) => this.lost(wire, code);
  }

  close(): void {
    this.closed = true;
    this.unschedule?.();
    const wire = this.wire;
    this.wire = null;
    wire?.close();
  }

  /** Follow a run from the event after `after`; each event comes once and in order. */
  followRun(
    run: string,
    after: number,
    onEvents: (events: readonly RunEvent[]) => void,
  ): () => void {
    const subscription: RunSubscription = { last: after, asked: true, onEvents };
    this.runs.set(run, subscription);
    this.tell({ type: "subscribe", run, after });
    return () => {
      if (this.runs.get(run) !== subscription) return;
      this.runs.delete(run);
      this.tell({ type: "unsubscribe", run });
    };
  }

  /** Follow the latest runs of a blueprint. */
  followBlueprint(blueprint: string, onRuns: (runs: readonly Run[]) => void): () => void {
    this.blueprints.set(blueprint, onRuns);
    this.tell({ type: "subscribe", blueprint });
    return () => {
      if (this.blueprints.get(blueprint) !== onRuns) return;
      this.blueprints.delete(blueprint);
      this.tell({ type: "unsubscribe", blueprint });
    };
  }

  private opened(): void {
    this.attempts = 0;
    // A socket opens before the session is looked at: only what it tells shows that it is well.
    if (this.state !== "signed-out") this.setState("open");
    for (const blueprint of this.blueprints.keys()) this.tell({ type: "subscribe", blueprint });
    for (const [run, subscription] of this.runs) this.askAgain(run, subscription);
  }

  private lost(wire: Wire, code: number): void {
    if (this.wire !== wire) return;
    this.wire = null;
    if (this.closed) return;
    if (code === NOT_SIGNED_IN) {
      // Somebody may sign in again in another tab: the page goes on then, but asks seldom.
      this.setState("signed-out");
      this.unschedule = this.schedule(() => this.connect(), LONGEST_DELAY);
      return;
    }
    this.attempts += 1;
    this.setState(this.attempts > 2 ? "offline" : "reconnecting");
    // Full jitter above a floor: a restarted server isn't met by all pages at once.
    const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.attempts - 1));
    const delay = ceiling / 2 + (ceiling / 2) * this.random();
    this.unschedule = this.schedule(() => this.connect(), delay);
  }

  private received(text: string): void {
    const message = parse(text);
    if (!message) return;
    this.setState("open");
    if (message.type === "events") this.take(message.run, message.events);
    else if (message.type === "runs") this.blueprints.get(message.blueprint)?.(message.runs);
    else if (message.type === "error") this.onError(message);
    else if (message.type === "resync") {
      const subscription = this.runs.get(message.run);
      if (subscription) this.askAgain(message.run, subscription);
    }
  }

  private take(run: string, events: readonly RunEvent[]): void {
    const subscription = this.runs.get(run);
    if (!subscription) return;
    const fresh: RunEvent[] = [];
    for (const event of events) {
      if (event.seq <= subscription.last) continue;
      if (event.seq > subscription.last + 1) {
        if (!subscription.asked) this.askAgain(run, subscription);
        break;
      }
      subscription.last = event.seq;
      subscription.asked = false;
      fresh.push(event);
    }
    if (fresh.length) subscription.onEvents(fresh);
  }

  private askAgain(run: string, subscription: RunSubscription): void {
    subscription.asked = true;
    this.tell({ type: "subscribe", run, after: subscription.last });
  }

  private tell(message: object): void {
    if (this.wire?.readyState === OPEN) this.wire.send(JSON.stringify(message));
  }

  private setState(state: Connection): void {
    if (state === this.state) return;
    this.state = state;
    this.onConnection(state);
  }
}

export function openWire(path: string): Wire {
  const address = new URL(path, window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address) as unknown as Wire;
}

/** The socket of a page; it also wakes when the network or the page comes back. */
export function openSocket(path: string): Socket {
  const socket = new Socket({ open: () => openWire(path) });
  tryWithOthers(() => socket.connect());
  window.addEventListener("online", () => socket.connect());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") socket.connect();
  });
  return socket;
}

function parse(text: string): FromServer | null {
  try {
    return JSON.parse(text) as FromServer;
  } catch {
    return null;
  }
}

/** Run something after a pause; what is returned calls it off. */
export function later(run: () => void, delay: number): () => void {
  const timer = setTimeout(run, delay);
  return () => clearTimeout(timer);
}
