import { expect, it } from "vitest";

import type { Json } from "../model/types";
import { typedIn } from "./TypedSecret";

it("finds what is typed, and leaves what is computed or missing", () => {
  expect(typedIn({ type: "bearer", password: "t" })).toEqual({ kind: "bearer", fields: { token: "t" } });
  expect(typedIn({ type: "basic", username: "ada", password: "p" })).toEqual({ kind: "basic", fields: { username: "ada", password: "p" } });
  const nothing: (Json | undefined)[] = [{ type: "none", password: "p" }, { type: "bearer", password: "" }, { type: "bearer", password: "{{ input.token }}" }, { type: "bearer" }, [], null, undefined];
  for (const none of nothing) {
    expect(typedIn(none)).toBeNull();
  }
});
