import { describe, expect, it } from "vitest";

import { fromBase64, toBase64 } from "./base64";
import { ApiError } from "./http";
import { Link, type LinkState } from "./link";
import type { Wire } from "./socket";

class TestWire implements Wire {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: Record<string, unknown>[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.readyState = 3;
  }
  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  join(sequence = 5): void {
    this.readyState = 1;
    this.onopen?.();
    this.tell({ type: "joined", peer: "p", name: "Ada", sequence, revision: 1 });
  }
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const CHANGE = new Uint8Array([1, 2, 3]);

function setUp(answer: () => Promise<{ sequence: number; revision: number; updates: string[] }> = () => Promise.reject(new ApiError(0, "offline", "away"))) {
  const wires: TestWire[] = [];
  const pauses: { run: () => void; delay: number; over: boolean }[] = [];
  const log: string[] = [];
  const states: LinkState[] = [];
  const queue: Uint8Array[] = [];
  const asked: [number, string][] = [];
  const link = new Link(
    {
      open: () => {
        const wire = new TestWire();
        wires.push(wire);
        return wire;
      },
      exchange: (after, change) => {
        asked.push([after, change]);
        return answer();
      },
      schedule: (run, delay) => {
        const pause = { run, delay, over: false };
        pauses.push(pause);
        return () => {
          pause.over = true;
        };
      },
      random: () => 1,
    },
    {
      state: (state) => states.push(state),
      joined: (behind) => log.push(behind ? "joined, behind" : "joined"),
      changed: (updates) => log.push(`changed ${updates.map((update) => update.join()).join(" ")}`),
      revised: () => undefined,
      people: (people) => log.push(`people ${Object.keys(people).join()}`),
      take: () => queue.shift() ?? null,
      saved: () => log.push("saved"),
      refused: (message) => log.push(`refused ${message}`),
      lost: () => log.push("lost"),
    },
    5,
  );
  link.connect();
  const elapse = (delay: number): void => {
    for (const pause of pauses.filter((each) => !each.over && each.delay === delay)) {
      pause.over = true;
      pause.run();
    }
  };
  return { link, wires, pauses, log, states, queue, asked, elapse };
}

describe("the line on which a draft is shared", () => {
  it("joins after what it has, and sends one change at a time, each until it is answered", () => {
    const { link, wires, queue, log } = setUp();
    queue.push(CHANGE, CHANGE);
    link.wake();
    expect(wires[0]?.sent).toEqual([]);
    wires[0]?.join();
    link.wake();
    expect(wires[0]?.sent).toEqual([
      { type: "join", after: 5 },
      { type: "update", number: 1, update: toBase64(CHANGE) },
    ]);
    wires[0]?.tell({ type: "saved", number: 1, revision: 2 });
    link.wake();
    expect(wires[0]?.sent.at(-1)).toMatchObject({ number: 2 });
    wires[0]?.tell({ type: "refused", number: 2, message: "No." });
    expect(log).toEqual(["joined", "saved", "refused No."]);
  });

  it("says that a change is lost whose answer the line did not bring, and joins again from what it has", () => {
    const { link, wires, queue, log, states, elapse } = setUp();
    wires[0]?.join();
    wires[0]?.tell({ type: "news", sequence: 7, revision: 2, updates: [toBase64(CHANGE)] });
    expect(wires[0]?.sent.at(-1)).toEqual({ type: "seen" });
    queue.push(CHANGE);
    link.wake();
    wires[0]?.drop();
    expect(log).toEqual(["joined", "changed 1,2,3", "lost"]);
    elapse(300);
    wires[1]?.join(7);
    expect(wires[1]?.sent[0]).toEqual({ type: "join", after: 7 });
    expect(states).toEqual(["open", "offline", "open"]);
  });

  it("takes a change that is cut off for its size as refused, not as lost", () => {
    const { link, wires, queue, log } = setUp();
    wires[0]?.join();
    queue.push(CHANGE);
    link.wake();
    wires[0]?.drop(1009);
    expect(log).toEqual(["joined", "refused The change is larger than the server takes in at once."]);
  });

  it("gives up a line that has died without a word", () => {
    const { link, wires, queue, log, elapse } = setUp();
    wires[0]?.join();
    queue.push(CHANGE);
    link.wake();
    elapse(10_000);
    expect([wires[0]?.readyState, log.at(-1)]).toEqual([3, "lost"]);
    wires[0]?.tell({ type: "saved", number: 1, revision: 2 });
    expect(log.at(-1)).toBe("lost");
  });

  it("does the same by requests where no socket can be opened", async () => {
    const { wires, queue, log, states, asked, elapse } = setUp(() => Promise.resolve({ sequence: 9, revision: 4, updates: [toBase64(CHANGE)] }));
    queue.push(CHANGE);
    wires[0]?.drop();
    elapse(300);
    wires[1]?.drop();
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toEqual([[5, toBase64(CHANGE)]]);
    expect(log).toEqual(["changed 1,2,3", "saved"]);
    expect(states.at(-1)).toBe("requests");
    elapse(3000);
    expect(asked[1]).toEqual([9, ""]);
  });

  it("sends nothing on a line that opens while a request has a change, until that is answered", async () => {
    let answer: (found: { sequence: number; revision: number; updates: string[] }) => void = () => undefined;
    const { link, wires, queue, log, elapse } = setUp(() => new Promise((tell) => (answer = tell)));
    queue.push(CHANGE, CHANGE);
    wires[0]?.drop();
    elapse(300);
    wires[1]?.drop();
    elapse(600);
    wires[2]?.join();
    link.wake();
    expect([wires[2]?.sent.length, log]).toEqual([1, ["joined"]]);
    answer({ sequence: 9, revision: 4, updates: [] });
    await Promise.resolve();
    await Promise.resolve();
    expect([log.at(-1), wires[2]?.sent.at(-1)]).toEqual(["saved", { type: "update", number: 1, update: toBase64(CHANGE) }]);
  });

  it("is offline without a network also where it went by requests, whatever is still answered", async () => {
    let answer: (found: { sequence: number; revision: number; updates: string[] }) => void = () => undefined;
    const { link, wires, states, asked, elapse } = setUp(() => new Promise((tell) => (answer = tell)));
    wires[0]?.drop();
    elapse(300);
    wires[1]?.drop();
    answer({ sequence: 6, revision: 2, updates: [] });
    await Promise.resolve();
    await Promise.resolve();
    expect(states.at(-1)).toBe("requests");
    elapse(3000);
    expect(asked.length).toBe(2);
    elapse(600);
    link.cut();
    expect(states.at(-1)).toBe("offline");
    answer({ sequence: 7, revision: 3, updates: [] });
    await Promise.resolve();
    await Promise.resolve();
    expect(states.at(-1)).toBe("offline");
  });

  it("hears nothing more on a line that it gave up", () => {
    const { link, wires, log } = setUp();
    link.cut();
    link.connect();
    wires[0]?.tell({ type: "joined", peer: "p", name: "Ada", sequence: 5, revision: 1 });
    expect(log).toEqual([]);
    wires[1]?.join();
    expect(log).toEqual(["joined"]);
  });

  it("asks seldom when it is signed out, and never when the blueprint is gone", () => {
    const { link, wires, states, elapse } = setUp();
    wires[0]?.join();
    wires[0]?.drop(4401);
    elapse(15_000);
    wires[1]?.drop(4404);
    link.connect();
    expect([wires.length, states]).toEqual([2, ["open", "signed-out", "gone"]]);
  });

  it("tells when the server was set back to an earlier day", () => {
    const { wires, log } = setUp();
    wires[0]?.join(3);
    expect(log).toEqual(["joined, behind"]);
  });

  it("tries nothing while there is no network", () => {
    const { link, wires, states, elapse } = setUp();
    wires[0]?.join();
    link.cut();
    elapse(300);
    expect([wires.length, states.at(-1)]).toEqual([1, "offline"]);
    link.connect();
    wires[1]?.join();
    expect(states.at(-1)).toBe("open");
  });
});

describe("bytes as text", () => {
  it("come back as they were, however many", () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });
});
