import { beforeEach, describe, expect, it } from "vitest";

import { actions } from "../actions/list";
import type { Right } from "../model/types";
import { asStep, currentDocument, doc, followDocument, setBlueprint } from "./document";
import { may, useRights } from "./rights";
import { openQuickAdd, useUi } from "./ui";

function hold(right: Right): void {
  useRights.setState({ right, owner: "ada", guest: false });
}

const names = (): string[] => actions().map(({ name }) => name);

describe("what somebody may do with a blueprint", () => {
  beforeEach(() => {
    hold("own");
    setBlueprint("name", "Orders");
  });

  it("holds what stands before it", () => {
    hold("run");
    expect((["view", "run", "edit", "own"] as const).map(may)).toEqual([true, true, false, false]);
  });

  it.each(["view", "run"] as const)("leaves the draft as it is, whatever asks: %s", (right) => {
    hold(right);
    setBlueprint("name", "Mine");
    asStep(() => doc.getMap("nodes").clear());
    expect(currentDocument().name).toBe("Orders");
    expect(useUi.getState().message?.text).toContain("ada");
    openQuickAdd({ x: 0, y: 0 });
    expect(useUi.getState().quickAdd).toBeNull();
  });

  it("follows the draft of others all the same", () => {
    hold("view");
    followDocument({ format: "conductor/1", name: "Renamed", nodes: { a: { kind: "trigger.manual" } } });
    expect(Object.keys(currentDocument().nodes ?? {})).toEqual(["a"]);
    hold("own");
    followDocument({ format: "conductor/1", name: "Orders" });
  });

  it("decides which actions there are", () => {
    const own = names();
    hold("edit");
    expect(own.filter((name) => !names().includes(name))).toEqual(["publish", "share", "collapse-part"]);
    hold("view");
    expect(names()).toEqual(expect.arrayContaining(["fit", "find", "copy", "download", "versions", "help"]));
    for (const name of ["add", "delete", "paste", "duplicate", "undo", "tidy", "insert-file", "restore-version", "nudge-left"]) {
      expect(names()).not.toContain(name);
    }
  });
});
