/** The words that server and editor share: documents, node types, problems, runs and events. */

import type { WaitsFor } from "./sentences";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type PortType = "any" | "text" | "number" | "boolean" | "object" | "list" | "file";

export interface PortSpec {
  name: string;
  type: PortType;
  required: boolean;
  multiple: boolean;
  title: string;
  description: string;
}

/** A JSON schema as pydantic writes it; only what the form reads is named. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  const?: Json;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
  examples?: Json[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  [extension: string]: unknown;
}

/** Between which types a node type is offered as a converter, and what is set at the node then. */
export interface Conversion {
  source: PortType;
  targets: PortType[];
  title: string;
  parameters: JsonObject;
}

export interface NodeSpec {
  kind: string;
  version: number;
  title: string;
  category: string;
  icon: string;
  description: string;
  /** Other words by which people look for it. */
  known_as: string[];
  parameters: Schema;
  inputs: PortSpec[];
  outputs: PortSpec[];
  /** The outputs and inputs that lie inside: only frames have them. */
  begins: string[];
  ends: string[];
  ports_from: string | null;
  effect: "pure" | "idempotent" | "external";
  runs: "inline" | "async" | "thread";
  trigger: boolean;
  examples: JsonObject[];
  converts: Conversion[];
}

export interface Retry {
  attempts?: number;
  backoff?: "exponential" | "fixed";
  delay?: number;
  max_delay?: number;
  kinds?: string[] | null;
}

/** How a node is mapped over the list at its first input. */
export interface Each {
  list?: string | null;
  concurrency?: number;
  rate?: number | null;
  errors?: "stop" | "collect";
}

export interface Rate {
  per_second: number;
  burst?: number | undefined;
  shared?: string | undefined;
}

export interface NodeSettings {
  retry?: Retry;
  timeout?: number | null;
  on_error?: "fail" | "route" | "continue";
  /** Not run, and nothing goes on. */
  disabled?: boolean;
  /** Not run, but what comes in goes on. */
  bypass?: boolean;
  max_firings?: number;
  at_most_once?: boolean;
  /** Gives it a port behind which its steps are undone. */
  compensate?: boolean;
  each?: boolean | Each;
  /** How often its attempts begin, over all runs. */
  rate?: Rate | null;
  /** What a worker must have to take the run. */
  labels?: string[] | undefined;
}

/** A node as the document holds it; what is left out has its default. */
export interface DocumentNode {
  kind: string;
  title?: string;
  parameters?: JsonObject;
  promoted?: string[];
  settings?: NodeSettings;
  /** The frame that holds it. */
  frame?: string;
  /** What it emits in runs of the draft instead of being run. */
  pin?: JsonObject | null;
}

export interface DocumentNote {
  id?: string;
  text?: string;
  x?: number;
  y?: number;
  width?: number;
  height?: number;
  color?: string;
}

/** Of several starts with the same key only the last counts. */
export interface Debounce {
  seconds: number;
  at_most?: number | null | undefined;
  key?: string | undefined;
}

/** Starts with the same key become one run. */
export interface Batch {
  most?: number | undefined;
  seconds?: number | undefined;
  key?: string | undefined;
}

/** How often a run that failed is begun again; `attempts` counts the first. */
export interface RunRetry {
  attempts?: number | undefined;
  delay?: number | undefined;
  backoff?: "exponential" | "fixed" | undefined;
  max_delay?: number | undefined;
  begin?: "failed" | "start" | undefined;
}

/** How the runs of what is published queue. */
export interface QueueSettings {
  name?: string | undefined;
  priority?: number | undefined;
  concurrency?: number | null | undefined;
  key?: string | undefined;
  per_key?: number | null | undefined;
  when_full?: "wait" | "drop_newest" | "drop_oldest" | "cancel_running" | undefined;
  most_waiting?: number | null | undefined;
  unique?: string | undefined;
  unique_for?: number | null | undefined;
  debounce?: Debounce | null | undefined;
  batch?: Batch | null | undefined;
  retry?: RunRetry | undefined;
}

export interface BlueprintSettings {
  timeout?: number | null;
  cleanup_timeout?: number | null | undefined;
  on_failure?: "cancel" | "finish";
  concurrency?: number | null;
  queue?: QueueSettings | undefined;
  labels?: string[] | undefined;
  error_blueprint?: string | undefined;
  error_blueprint_for?: ("failed" | "crashed" | "timed_out" | "cancelled")[] | undefined;
}

/** What stands in for a node in a test: what it gives out, by port, or the error with which it fails. */
export interface Mock {
  outputs?: JsonObject;
  error?: JsonObject;
}

export type EndStatus = "succeeded" | "failed" | "cancelled";

/** What the run's error must be, as far as it is said. */
export interface ExpectedError {
  code?: string;
  kind?: string;
  message?: string;
  step?: string;
}

/** How the run of a test must end, as far as it is said. */
export interface Expect {
  status?: EndStatus;
  outputs?: JsonObject;
  ran?: string[];
  not_ran?: string[];
  error?: ExpectedError | null;
}

/** A test that the blueprint carries: a run in memory and how it must end. */
export interface TestCase {
  name: string;
  inputs?: JsonObject;
  trigger?: string | null;
  mocks?: Record<string, Mock>;
  /** Nodes that may really work outside. */
  external?: string[];
  /** Seconds. */
  timeout?: number;
  expect?: Expect;
}

/** The saved shape, `conductor/1`. */
/** An edge by way of points, or as a link: drawn only at its ends, by a name. */
export interface EdgeRoute {
  points?: [x: number, y: number][];
  name?: string;
}

export interface Document {
  format: string;
  name: string;
  description?: string;
  inputs?: Record<string, Json>;
  vars?: JsonObject;
  settings?: BlueprintSettings;
  nodes?: Record<string, DocumentNode>;
  edges?: string[];
  layout?: Record<string, [number, number]>;
  /** The frames that are drawn without what they hold. */
  collapsed?: string[];
  /** How edges are drawn that are not just a curve from port to port. */
  routes?: Record<string, EdgeRoute>;
  notes?: DocumentNote[];
  tests?: TestCase[];
}

export interface Problem {
  code: string;
  message: string;
  node?: string;
  port?: string;
  parameter?: string;
  edge?: string;
  severity: "error" | "warning";
  /** What stands in the parameter, and what was probably meant. */
  written?: string;
  instead?: string;
  /** Where in the parameter's value: the keys, and places in lists, to it. */
  place?: (string | number)[];
}

export interface PublishedVersion {
  number: number;
  created: string;
  message: string;
  /** A label that may be given and changed later; "" where it has none. */
  name: string;
  hash: string;
}

export interface WebhookSummary {
  id: string;
  node: string;
  /** Null for all but the owner. */
  url: string | null;
  enabled: boolean;
  authentication: string;
}

export type RunStatus = "queued" | "running" | "waiting" | "paused" | "succeeded" | "failed" | "cancelled";

export type StepStatus =
  | "running"
  | "retrying"
  | "waiting"
  | "succeeded"
  | "failed"
  | "skipped"
  | "cancelled";

export interface RunError {
  code: string;
  message: string;
  node?: string;
  step?: string;
  [detail: string]: Json | undefined;
}

/** One thing that a queued run waits for. */
export interface Hold {
  code: string;
  message: string;
}

export interface Run {
  id: string;
  blueprint: string;
  blueprint_name?: string;
  version: number | null;
  status: RunStatus;
  trigger: string;
  trigger_node?: string | null;
  started_by?: string | null;
  rerun_of?: string | null;
  /** The run whose call, error or end started this one. */
  parent?: string | null;
  parent_step?: string;
  inputs?: JsonObject;
  outputs?: JsonObject | null;
  error?: RunError | null;
  held_by?: readonly Hold[];
  created: string;
  started: string | null;
  finished: string | null;
  last_seq?: number;
  document?: Document;
}

export interface RunEvent {
  seq: number;
  time: number;
  type: string;
  step: string | null;
  data: JsonObject;
}

/** What somebody may do with a blueprint; each right holds those before it. */
export type Right = "view" | "run" | "edit" | "own";

/** A blueprint as `GET /api/blueprints/{id}/` shows it. */
export interface Blueprint {
  id: string;
  name: string;
  owner: string;
  /** What the person at this page may do with it. */
  right: Right;
  revision: number;
  document: Document;
  published: PublishedVersion | null;
  changed: boolean;
  problems: Problem[];
  webhooks: WebhookSummary[];
  /** For all but the owner: the names of the blueprints that the draft names, by how it does. */
  calls: Record<string, string>;
  created: string;
  updated: string;
  last_run: Run | null;
}

/** What the page's `<script id="bootstrap">` holds. */
export interface Bootstrap {
  blueprint: Omit<Blueprint, "document">;
  /** The shared document, and the number of the last change in it. */
  draft: { sequence: number; state: string };
  node_types: NodeSpec[];
  /** Null for a guest, who has a link and no account. */
  user: { name: string; staff: boolean } | null;
  /** How many bytes the blueprint may have as a file. */
  most_bytes: number;
  urls: { list: string; approvals: string; admin: string; api: string; socket: string };
}

/** What a node's card shows of the run that is open. */
export interface NodeStatus {
  status: StepStatus;
  duration?: number;
  count: number;
  error?: string;
  /** What stood in for it, where it was not run: `taken over`, `pinned`, `mocked` or `bypassed`. */
  stoodIn?: string | null;
  /** While it waits: until when (seconds since the epoch; null: until something comes), and for what. */
  until?: number | null;
  waitsFor?: WaitsFor | null;
  /** Where it runs for each item of a list: how its items go, as far as the journal tells. */
  items?: { done: number | null; total: number; failed: number } | undefined;
}
