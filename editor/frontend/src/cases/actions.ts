/** What is done with a blueprint's tests, for menus, keys and the command palette. */
import { FlaskConical, ListChecks, Plus, SquareDashed } from "lucide-react";

import type { Action } from "../actions/types";
import { newTest, runTests, showCoverage, showView, useCases } from "../store/cases";
import { useDraft } from "../store/document";
import { useRuns } from "../store/runs";
import { setPanels, useUi } from "../store/ui";
import { makeTestFromRun } from "./fromRun";

function showTests(): void {
  showView("tests");
  if (!useUi.getState().panels.drawer) setPanels({ drawer: true });
}

function inTests(work: () => void): () => void {
  return () => {
    showTests();
    work();
  };
}

const some = (): boolean => useDraft.getState().tests.length > 0;

export const caseActions: Action[] = [
  { name: "run-tests", label: "Run the tests", group: "Run", needs: "run", keys: ["T"], icon: ListChecks, enabled: some, perform: inTests(() => void runTests()) },
  { name: "show-tests", label: "Show the tests", group: "Run", needs: "view", perform: showTests },
  { name: "new-test", label: "New test", group: "Run", icon: Plus, perform: inTests(newTest) },
  {
    name: "test-from-run",
    label: "Make a test from the shown run",
    group: "Run",
    keys: ["Shift+T"],
    icon: FlaskConical,
    enabled: () => useRuns.getState().shown !== null && useRuns.getState().over,
    perform: inTests(() => void makeTestFromRun()),
  },
  {
    name: "coverage",
    label: "Show or hide the coverage",
    group: "Run",
    needs: "view",
    keys: ["Shift+C"],
    icon: SquareDashed,
    enabled: () => useCases.getState().coverage !== null,
    perform: () => showCoverage(!useCases.getState().covering),
  },
];
