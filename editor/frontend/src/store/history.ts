/** The events of the shown run, and the run as it was after any of them. */
import type { RunEvent } from "../api/events";
import { RunFold } from "./fold";

/** Going back costs at most this many events, or a twentieth of a long run. */
const LEAST_APART = 250;
const MOST_SNAPSHOTS = 20;

export class RunHistory {
  /** The run as it is now. */
  readonly live = new RunFold();
  readonly events: RunEvent[] = [];
  private snapshots: RunFold[] = [];
  private apart = LEAST_APART;
  private cursor: { fold: RunFold; at: number } | null = null;

  add(event: RunEvent): void {
    if (event.seq <= this.live.lastSeq) return;
    this.events.push(event);
    this.live.apply(event);
  }

  /** The run after its first `count` events. What is handed out changes with the next call. */
  after(count: number): RunFold {
    const wanted = Math.max(0, Math.min(count, this.events.length));
    const { cursor } = this;
    const near = cursor && cursor.at <= wanted && wanted - cursor.at < this.apart ? cursor : this.nearest(wanted);
    while (near.at < wanted) {
      const event = this.events[near.at];
      if (!event) break;
      near.fold.apply(event);
      near.at += 1;
      this.keep(near.fold, near.at);
    }
    this.cursor = near;
    return near.fold;
  }

  private nearest(wanted: number): { fold: RunFold; at: number } {
    const apart = Math.max(LEAST_APART, Math.ceil(this.events.length / MOST_SNAPSHOTS));
    if (apart > this.apart * 2) {
      this.apart = apart;
      this.snapshots = [];
    }
    const place = Math.min(Math.floor(wanted / this.apart), this.snapshots.length);
    const snapshot = this.snapshots[place - 1];
    return snapshot ? { fold: snapshot.copy(), at: place * this.apart } : { fold: new RunFold(), at: 0 };
  }

  private keep(fold: RunFold, at: number): void {
    if (at === (this.snapshots.length + 1) * this.apart) this.snapshots.push(fold.copy());
  }
}
