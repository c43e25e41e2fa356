import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { loadDocument, REMOTE } from "../model/draft";
import type { Blueprint, Document } from "../model/types";
import { addTest, type CaseResult, changeTest, deleteTest, duplicateTest, openTest, outcomeOf, runTests, showCoverage, useCases } from "./cases";
import { coverageMarks } from "./coverage";
import { doc, redo, setTitle, takeBlueprint, undo, undoManager, useDraft } from "./document";
import { connectDraft, startSaving } from "./save";

const DOCUMENT: Document = {
  format: "conductor/1",
  name: "Drawn",
  nodes: { start: { kind: "trigger.manual" }, end: { kind: "flow.output" } },
  edges: ["start.out -> end.in"],
  layout: {},
  tests: [{ name: "first" }, { name: "second", inputs: { a: 1 } }],
};
const COVERAGE = { nodes: { covered: ["start"], missed: ["end"] }, edges: { covered: [], missed: ["start.out -> end.in"] } };

let sent: { method: string; path: string; body: unknown }[] = [];
let saves = true;

function blueprint(document: Document): Blueprint {
  const mine = { owner: "ada", right: "own" } as const;
  return { id: "b", name: "Drawn", ...mine, revision: 1, document, published: null, changed: false, problems: [], webhooks: [], calls: {}, created: "", updated: "", last_run: null };
}

function answer(path: string, body: { names?: string[] }): unknown {
  if (!path.endsWith("/tests/")) return blueprint(DOCUMENT);
  const tests = useDraft.getState().tests.filter(({ name }) => !body.names || body.names.includes(name));
  const cases = tests.map(({ name }): CaseResult => ({ name, passed: name !== "second", seconds: 0.002, status: "succeeded", refused: null, differences: [] }));
  return { passed: false, cases, coverage: COVERAGE };
}

/** The server's end of the line on which the draft is shared. */
class Line {
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor() {
    setTimeout(() => this.onopen?.());
  }
  close(): void {}
  send(text: string): void {
    const message = JSON.parse(text) as { type: string; number?: number };
    const tell = (told: object): unknown => setTimeout(() => this.onmessage?.({ data: JSON.stringify(told) }));
    if (message.type === "join") tell({ type: "joined", peer: "p", name: "", sequence: 1, revision: 1 });
    if (message.type !== "update") return;
    sent.push({ method: "update", path: "", body: null });
    tell({ type: saves ? "saved" : "refused", number: message.number, message: "No.", revision: 1 });
  }
}

function stubPage(): void {
  vi.stubGlobal("window", { addEventListener: () => undefined, location: { href: "http://localhost/" } });
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("WebSocket", Line);
  vi.stubGlobal("document", { addEventListener: () => undefined, cookie: "" });
}

beforeEach(() => {
  sent = [];
  saves = true;
  stubPage();
  vi.stubGlobal("fetch", (path: string, options: { method: string; body: string }) => {
    const body = JSON.parse(options.body) as { names?: string[] };
    sent.push({ method: options.method, path, body });
    return Promise.resolve(new Response(JSON.stringify(answer(path, body)), { status: 200 }));
  });
  loadDocument(doc, DOCUMENT, REMOTE);
  undoManager.clear();
  takeBlueprint(blueprint(DOCUMENT));
  useDraft.setState({ saveState: "saved" });
  useCases.setState({ view: "runs", open: null, running: null, coverage: null, covering: false });
});

afterEach(() => vi.unstubAllGlobals());

stubPage();
startSaving({ take: () => [] }, () => undefined);
const { document: _document, ...about } = blueprint(DOCUMENT);
connectDraft({ blueprint: about, draft: { sequence: 1, state: "" }, node_types: [], user: { name: "", staff: false }, most_bytes: 5e6, urls: { list: "", approvals: "/approvals/", admin: "", api: "", socket: "/ws/" } });

const names = (): string[] => useDraft.getState().tests.map(({ name }) => name);
const outcome = (index: number): ReturnType<typeof outcomeOf> => {
  const test = useDraft.getState().tests[index];
  return test ? outcomeOf(test) : null;
};

describe("editing tests", () => {
  it("adds, duplicates and deletes, each one step that undo takes back", () => {
    addTest({ name: "first" });
    expect(names()).toEqual(["first", "second", "first 2"]);
    expect(useCases.getState().open).toBe(2);
    duplicateTest(0);
    expect(names()).toEqual(["first", "first 3", "second", "first 2"]);
    deleteTest(0);
    expect(names()).toEqual(["first 3", "second", "first 2"]);
    expect(useCases.getState().open).toBe(0);
    undo();
    undo();
    undo();
    expect(names()).toEqual(["first", "second"]);
    redo();
    expect(names()).toEqual(["first", "second", "first 2"]);
  });

  it("opens a test in its tab, and another one's deletion keeps it open", () => {
    openTest(1);
    expect(useCases.getState()).toMatchObject({ view: "tests", open: 1 });
    deleteTest(0);
    expect(useCases.getState().open).toBe(0);
    undo();
    expect(useCases.getState().open).toBe(1);
    redo();
    deleteTest(0);
    expect(useCases.getState().open).toBeNull();
    expect(useDraft.getState().tests).toEqual([]);
  });
});

describe("running tests", () => {
  it("saves first, and gives each test its result", async () => {
    changeTest(0, (test) => ({ ...test, inputs: { b: 2 } }), true);
    await runTests();
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["update ", "POST /api/blueprints/b/tests/"]);
    expect([outcome(0)?.result.passed, outcome(1)?.result.passed]).toEqual([true, false]);
  });

  it("runs one by its name", async () => {
    await runTests(1);
    expect(sent.at(-1)?.body).toEqual({ names: ["second"] });
    expect([outcome(0), outcome(1)?.result.name]).toEqual([null, "second"]);
  });

  it("runs none where the draft can't be saved", async () => {
    saves = false;
    changeTest(0, (test) => ({ ...test, inputs: { b: 2 } }), true);
    await runTests();
    expect(sent.map(({ method }) => method)).toEqual(["update"]);
    expect([outcome(0), useCases.getState().running]).toEqual([null, null]);
  });

  it("says that a result is of before a change, until undo takes the change back", async () => {
    await runTests();
    changeTest(0, (test) => ({ ...test, inputs: { b: 2 } }), true);
    expect([outcome(0)?.stale, outcome(1)?.stale]).toEqual([true, false]);
    undo();
    expect(outcome(0)?.stale).toBe(false);
    setTitle("end", "The end");
    expect([outcome(0)?.stale, outcome(1)?.stale]).toEqual([true, true]);
  });
});

describe("coverage", () => {
  it("is on the canvas while it is wanted, and until the drawing is edited", async () => {
    showCoverage(true);
    expect(useCases.getState().covering).toBe(false);
    await runTests();
    expect([...coverageMarks.entries()]).toEqual([]);
    showCoverage(true);
    expect(Object.fromEntries(coverageMarks.entries())).toEqual({ start: "covered", end: "missed", "start.out -> end.in": "missed" });
    changeTest(0, (test) => ({ ...test, inputs: { b: 2 } }), true);
    expect(useCases.getState().covering).toBe(true);
    setTitle("end", "The end");
    expect([...coverageMarks.entries(), useCases.getState().coverage]).toEqual([null]);
  });
});
