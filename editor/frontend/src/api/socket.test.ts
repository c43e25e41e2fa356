import { describe, expect, it } from "vitest";

import type { RunEvent } from "./events";
import { Socket, type Wire } from "./socket";

class TestWire implements Wire {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: unknown[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

function setUp() {
  const wires: TestWire[] = [];
  const pauses: { run: () => void; delay: number }[] = [];
  const socket = new Socket({
    open: () => {
      const wire = new TestWire();
      wires.push(wire);
      return wire;
    },
    schedule: (run, delay) => {
      pauses.push({ run, delay });
      return () => undefined;
    },
    random: () => 1,
  });
  const got: number[] = [];
  socket.followRun("r", 0, (events) => got.push(...events.map((event) => event.seq)));
  socket.connect();
  return { socket, wires, pauses, got };
}

const events = (...seqs: number[]) => ({
  type: "events",
  run: "r",
  events: seqs.map((seq) => ({ seq, time: seq, type: "run.started", step: null, data: {} }) as RunEvent),
});

describe("the socket", () => {
  it("hands each event on once and in order", () => {
    const { wires, got } = setUp();
    wires[0]?.accept();
    wires[0]?.tell(events(1, 2));
    wires[0]?.tell(events(2, 3));
    expect(got).toEqual([1, 2, 3]);
  });

  it("asks again from the last event it has when one is missing", () => {
    const { wires, got } = setUp();
    wires[0]?.accept();
    wires[0]?.tell(events(1, 2));
    wires[0]?.tell(events(5));
    wires[0]?.tell(events(6));
    const asked = { type: "subscribe", run: "r", after: 2 };
    expect(wires[0]?.sent.filter((one) => JSON.stringify(one) === JSON.stringify(asked))).toHaveLength(1);
    wires[0]?.tell(events(3, 4, 5, 6));
    expect(got).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("goes on from the last event after the wire was lost", () => {
    const { wires, pauses, got } = setUp();
    wires[0]?.accept();
    wires[0]?.tell(events(1, 2, 3));
    wires[0]?.drop();
    pauses[0]?.run();
    wires[1]?.accept();
    expect(wires[1]?.sent).toContainEqual({ type: "subscribe", run: "r", after: 3 });
    wires[1]?.tell(events(3, 4));
    expect(got).toEqual([1, 2, 3, 4]);
  });

  it("answers a resync by subscribing from what it has", () => {
    const { wires } = setUp();
    wires[0]?.accept();
    wires[0]?.tell(events(1));
    wires[0]?.tell({ type: "resync", run: "r", after: 1 });
    expect(wires[0]?.sent.at(-1)).toEqual({ type: "subscribe", run: "r", after: 1 });
  });

  it("waits longer after each failure, up to a bound", () => {
    const { wires, pauses, socket } = setUp();
    for (let index = 0; index < 9; index += 1) {
      wires[index]?.drop();
      pauses[index]?.run();
    }
    const delays = pauses.map((pause) => pause.delay);
    expect(delays.slice(0, 3)).toEqual([300, 600, 1200]);
    expect(Math.max(...delays)).toBe(15_000);
    socket.close();
  });

  it("says that its session has ended until the server tells it something again", () => {
    const { socket, wires, pauses, got } = setUp();
    wires[0]?.accept();
    wires[0]?.tell(events(1));
    wires[0]?.drop(4401);
    expect(socket.connection).toBe("signed-out");
    expect(pauses[0]?.delay).toBe(15_000);
    pauses[0]?.run();
    wires[1]?.accept();
    expect(socket.connection).toBe("signed-out");
    wires[1]?.tell(events(2));
    expect(socket.connection).toBe("open");
    expect(got).toEqual([1, 2]);
  });

  it("survives what is no JSON", () => {
    const { wires, got } = setUp();
    wires[0]?.accept();
    wires[0]?.onmessage?.({ data: "<html>" });
    wires[0]?.tell(events(1));
    expect(got).toEqual([1]);
  });
});
