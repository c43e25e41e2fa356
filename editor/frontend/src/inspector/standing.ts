/** Which problems still stand against a value, between the moments at which the server looks at it. */
import { useState } from "react";

import type { Json, Problem } from "../model/types";
import { useDraft } from "../store/document";

const NONE: readonly Problem[] = [];
/** What was looked at is older than what stands there. */
const OLDER = Symbol();

/** The problems, each once, as long as the value is the one that they were found in. */
export function useStanding(problems: readonly Problem[], value: Json | undefined): readonly Problem[] {
  const found = useDraft((state) => state.problems);
  const [seen, setSeen] = useState<{ found: unknown; value: unknown }>({ found, value });
  if (seen.found !== found) {
    setSeen({ found, value: useDraft.getState().saveState === "saved" ? value : OLDER });
  }
  if (seen.value !== value) return NONE;
  const alike = (one: Problem, other: Problem): boolean => one.message === other.message && one.place?.join() === other.place?.join();
  return problems.filter((one, at) => problems.findIndex((other) => alike(one, other)) === at);
}
