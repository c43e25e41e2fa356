import { describe, expect, it } from "vitest";

import { readable } from "./readable";
import { BLUEPRINT_SETTINGS, NODE_SETTINGS } from "./settings";

const DAY = { enum: ["mon", "tue"], titles: { mon: "Monday", tue: "Tuesday" } };

describe("a value as its form shows it", () => {
  it("has the words of choices, wherever they stand", () => {
    const root = {
      $defs: { Case: { properties: { response: { enum: ["when_finished"] }, max_days: { type: "integer" } } } },
      properties: { days: { items: DAY }, cases: { items: { $ref: "#/$defs/Case" } }, by_name: { additionalProperties: DAY } },
    };
    const value = { days: ["mon", "tue"], cases: [{ response: "when_finished", max_days: 3 }], by_name: { mon: "mon" } };
    expect(readable(value, root, root)).toEqual({
      Days: ["Monday", "Tuesday"],
      Cases: [{ Response: "When finished", "Max days": 3 }],
      "By name": { mon: "Monday" },
    });
  });

  it("is left as it is where it is no choice: an expression, what a form does not allow, data", () => {
    expect(readable("{{ input.day }}", DAY, {})).toBe("{{ input.day }}");
    expect(readable("sun", DAY, {})).toBe("sun");
    expect(readable({ mon: ["mon"] }, {}, {})).toEqual({ mon: ["mon"] });
    expect(readable(null, DAY, {})).toBeNull();
  });

  it("has the words of settings", () => {
    const node = { on_error: "route", retry: { attempts: 3, backoff: "fixed" }, each: true };
    expect(readable(node, NODE_SETTINGS, {})).toEqual({
      "When it fails": "Go on through an error port",
      Retries: { Attempts: 3, Pauses: "equal" },
      "For each item": true,
    });
    expect(readable({ queue: { when_full: "drop_newest" } }, BLUEPRINT_SETTINGS, {})).toEqual({
      Queue: { "When as many run as may": "Drop it" },
    });
  });
});
