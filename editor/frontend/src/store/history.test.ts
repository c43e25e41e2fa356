import { describe, expect, it } from "vitest";

import type { RunEvent } from "../api/events";
import { RunFold } from "./fold";
import { RunHistory } from "./history";

/** A loop of a hundred firings of each of fifty nodes, with starts, logs and ends. */
function events(count: number): RunEvent[] {
  const kinds = ["step.started", "step.logged", "step.succeeded"] as const;
  return Array.from({ length: count }, (_, index) => {
    const turn = Math.floor(index / 3);
    const step = `n${turn % 50}#${Math.floor(turn / 50) + 1}`;
    const inputs = { in: [[`n${(turn + 49) % 50}`, "out"]] };
    const data = index % 3 === 1 ? { message: `${index}` } : { inputs, outputs: { out: index }, duration: 0.5 };
    return { seq: index + 1, time: index, type: kinds[index % 3], step, data } as unknown as RunEvent;
  });
}

function shown(fold: RunFold): unknown {
  return [fold.lastSeq, fold.summary, [...fold.steps], [...fold.nodes], [...fold.edges], fold.log, [...fold.stepsOfNode]];
}

describe("the history of a run", () => {
  it("shows at any moment what a fold of the events so far shows, in whatever order it is asked", () => {
    const all = events(2000);
    const history = new RunHistory();
    for (const event of all) history.add(event);
    for (const at of [2000, 3, 1999, 250, 251, 0, 700, 701, 699, 1250, 500, 1]) {
      const fresh = new RunFold();
      for (const event of all.slice(0, at)) fresh.apply(event);
      expect(shown(history.after(at))).toEqual(shown(fresh));
    }
  });

  it("leaves the run as it is now alone, which goes on meanwhile", () => {
    const all = events(900);
    const history = new RunHistory();
    for (const event of all.slice(0, 600)) history.add(event);
    const before = shown(history.live);
    history.after(10);
    expect(shown(history.live)).toEqual(before);
    for (const event of all) history.add(event);
    expect(history.events.length).toBe(900);
    expect(history.after(900)).not.toBe(history.live);
    expect(shown(history.after(900))).toEqual(shown(history.live));
  });

  it("goes back by applying few events, however long the run", () => {
    const history = new RunHistory();
    for (const event of events(5000)) history.add(event);
    history.after(5000);
    let applied = 0;
    const apply = RunFold.prototype.apply;
    RunFold.prototype.apply = function (event) {
      applied += 1;
      apply.call(this, event);
    };
    try {
      history.after(4321);
    } finally {
      RunFold.prototype.apply = apply;
    }
    expect(applied).toBeLessThan(250);
  });
});
