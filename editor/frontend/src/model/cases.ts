/** The tests that a blueprint carries: made, written as short as they can be, and what they leave open. */
import type { DraftNode } from "./draft";
import type { Expect, Json, JsonObject, Mock, NodeSpec, PortType, TestCase } from "./types";

/** What the server takes at most. */
export const MOST_TESTS = 100;
export const MOST_SECONDS = 60;
export const USUAL_SECONDS = 10;

/** A name that no test has yet: the wished one, or with a number behind it. */
export function freshTestName(tests: readonly TestCase[], wish: string): string {
  const taken = new Set(tests.map((test) => test.name));
  if (!taken.has(wish)) return wish;
  for (let number = 2; ; number += 1) {
    const name = `${wish} ${number}`;
    if (!taken.has(name)) return name;
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function filled<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => !isEmpty(part))) as T;
}

/** The test without what holds anyway, so that a document's differences show what was meant. */
export function tidied(test: TestCase): TestCase {
  const { status, error, ...rest } = test.expect ?? {};
  const expect: Expect = filled({
    ...(status === "succeeded" ? {} : { status }),
    ...rest,
    ...(error ? { error: filled(error) } : {}),
  });
  const { timeout, ...others } = test;
  return filled({ ...others, ...(timeout === USUAL_SECONDS ? {} : { timeout }), expect });
}

/** The nodes that work outside; a trigger begins the run, and what is switched off does not run. */
export function worksOutside(node: DraftNode, types: ReadonlyMap<string, NodeSpec>): boolean {
  const spec = types.get(node.kind);
  return spec?.effect === "external" && !spec.trigger && node.settings.disabled !== true;
}

/** How a test has a node: with a mock, for real, or (of a node that works outside) not said yet. */
export type Stand = "outputs" | "error" | "real" | "open";

export function standOf(test: TestCase, node: string): Stand {
  const mock = test.mocks?.[node];
  if (mock) return mock.error ? "error" : "outputs";
  return test.external?.includes(node) ? "real" : "open";
}

/** The nodes that work outside of which the test does not say how it has them: it is refused. */
export function undecided(
  test: TestCase,
  nodes: readonly DraftNode[],
  types: ReadonlyMap<string, NodeSpec>,
): DraftNode[] {
  return nodes.filter((node) => worksOutside(node, types) && standOf(test, node.id) === "open");
}

/** The names in a test that no node has (any more). */
export function strangers(test: TestCase, nodes: { has(id: string): boolean }): string[] {
  const { ran = [], not_ran = [] } = test.expect ?? {};
  const named = [...Object.keys(test.mocks ?? {}), ...(test.external ?? []), ...ran, ...not_ran];
  if (test.trigger) named.push(test.trigger);
  return [...new Set(named)].filter((id) => !nodes.has(id));
}

function without<T>(all: Record<string, T> | undefined, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(all ?? {}).filter(([key]) => key !== name));
}

const but = (names: readonly string[] | undefined, name: string): string[] => (names ?? []).filter((one) => one !== name);

/** The test without a node wherever it is named. */
export function withoutNode(test: TestCase, node: string): TestCase {
  const { expect = {} } = test;
  return {
    ...test,
    trigger: test.trigger === node ? null : test.trigger,
    mocks: without(test.mocks, node),
    external: but(test.external, node),
    expect: { ...expect, ran: but(expect.ran, node), not_ran: but(expect.not_ran, node) },
  } as TestCase;
}

/** Have a node mocked by what is given, and so not work outside. */
export function withMock(test: TestCase, node: string, mock: Mock): TestCase {
  return { ...test, mocks: { ...test.mocks, [node]: mock }, external: but(test.external, node) };
}

/** Have a node as it is, and let it work outside if it is said so. */
export function withoutMock(test: TestCase, node: string, real: boolean): TestCase {
  const external = but(test.external, node);
  return { ...test, mocks: without(test.mocks, node), external: real ? [...external, node] : external };
}

const BLANKS: Record<PortType, Json> = { any: null, text: "", number: 0, boolean: false, object: {}, list: [], file: null };

/** A mock to begin with: something of the right type at the node's first output. */
export function firstMock(outputs: readonly { name: string; type: PortType }[]): Mock {
  const [port] = outputs;
  return { outputs: port ? { [port.name]: BLANKS[port.type] } : {} };
}

/** Replace one test, or with null take it out. */
export function withTest(tests: readonly TestCase[], index: number, test: TestCase | null): TestCase[] {
  return tests.flatMap((old, at) => (at === index ? (test ? [test] : []) : [old]));
}

/** A value that is an object of JSON. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
