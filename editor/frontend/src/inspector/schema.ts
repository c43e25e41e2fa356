/** Reads the JSON schemas that pydantic writes: which kind of field, which name, which blank value. */
import type { Json, JsonObject, Schema } from "../model/types";

export type FieldKind =
  | "text"
  | "multiline"
  | "code"
  | "formula"
  | "secret"
  | "number"
  | "duration"
  | "moment"
  | "zone"
  | "cron"
  | "calendar"
  | "file"
  | "boolean"
  | "choice"
  | "list"
  | "pairs"
  | "model"
  | "blueprint"
  | "credential"
  | "blueprints"
  | "called-inputs"
  | "called-outputs"
  | "json";

/** What the declarations of node types call their widgets. */
const WIDGETS: Readonly<Record<string, FieldKind>> = {
  text: "multiline",
  multiline: "multiline",
  code: "code",
  secret: "secret",
  json: "json",
  duration: "duration",
  moment: "moment",
  zone: "zone",
  cron: "cron",
  calendar: "calendar",
  file: "file",
  "key-value": "pairs",
  blueprint: "blueprint",
  credential: "credential",
  blueprints: "blueprints",
  "blueprint-inputs": "called-inputs",
  "blueprint-outputs": "called-outputs",
};

/** Follow references and drop the `null` of optional values. */
export function resolve(schema: Schema, root: Schema): Schema {
  let now = schema;
  for (let hops = 0; hops < 16; hops += 1) {
    if (now.$ref !== undefined) {
      const target = root.$defs?.[now.$ref.slice(now.$ref.lastIndexOf("/") + 1)];
      if (!target) return {};
      const { $ref: _reference, ...rest } = now;
      now = { ...target, ...rest };
      continue;
    }
    const only = now.allOf?.length === 1 ? now.allOf : choices(now);
    if (only.length !== 1 || !only[0]) return now;
    const { anyOf: _any, oneOf: _one, allOf: _all, ...rest } = now;
    now = { ...only[0], ...rest };
  }
  return now;
}

function choices(schema: Schema): Schema[] {
  return (schema.anyOf ?? schema.oneOf ?? []).filter((choice) => choice.type !== "null");
}

/** The values of an enum or of a union of constants, or null where it is neither. */
export function options(schema: Schema): readonly Json[] | null {
  if (schema.enum) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  const parts = choices(schema);
  if (parts.length === 0) return null;
  const values = parts.map((part) => part.enum ?? (part.const === undefined ? null : [part.const]));
  return values.every((value) => value !== null) ? values.flat() : null;
}

/** What people read for a value of a choice: the title that the schema has for it, or else a word made of it. */
export function titleOf(value: Json, schema: Schema): string {
  const titles = schema["titles"];
  const title = typeof titles === "object" && titles !== null ? (titles as Record<string, unknown>)[String(value)] : undefined;
  if (typeof title === "string") return title;
  if (typeof value !== "string") return JSON.stringify(value);
  const words = value.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Which field shows a (resolved) schema; a `widget` in it says so outright. */
export function kindOf(schema: Schema): FieldKind {
  const widget = schema["widget"];
  if (typeof widget === "string" && WIDGETS[widget]) return WIDGETS[widget];
  if (isFormula(schema)) return "formula";
  if (schema.format === "password") return "secret";
  if (options(schema)) return "choice";
  switch (schema.type) {
    case "string":
      return "text";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return schema.items && Object.keys(schema.items).length ? "list" : "json";
    case "object":
      if (schema.properties) return "model";
      return schema.additionalProperties ? "pairs" : "json";
    default:
      return oftenText(schema) ? "text" : "json";
  }
}

/** Fields that are never computed as a whole: those of text hold expressions, a name is one. */
export const NEVER_COMPUTED: ReadonlySet<FieldKind> = new Set<FieldKind>([
  "multiline",
  "code",
  "formula",
  "blueprint",
  "blueprints",
  "called-outputs",
  "credential",
  "calendar",
]);

/** It is read from the drawing before a run, so nothing computes it. */
export function isLiteral(schema: Schema): boolean {
  return schema["literal"] === true;
}

/** The node evaluates the text itself, for each item: it is an expression without braces. */
function isFormula(schema: Schema): boolean {
  return schema["widget"] === "expression" && schema["evaluate"] !== undefined;
}

/** The value is meant to be computed, so the field begins in expression mode. */
export function wantsExpression(schema: Schema): boolean {
  return schema["widget"] === "expression" && !isFormula(schema);
}

/** Text that was meant as an expression, with the braces that make it one. */
export function inBraces(text: string): string {
  return !text.trim() || text.includes("{{") ? text : `{{ ${text.trim()} }}`;
}

/** Unions that a person mostly writes as text, such as text or number. */
function oftenText(schema: Schema): boolean {
  return choices(schema).some((choice) => choice.type === "string");
}

/** The value that a new item of a list begins with. */
export function blankOf(schema: Schema, root: Schema): Json {
  const real = resolve(schema, root);
  if (real.default !== undefined) return real.default;
  switch (kindOf(real)) {
    case "choice":
      return options(real)?.[0] ?? null;
    case "number":
    case "duration":
      return real.minimum ?? 0;
    case "boolean":
      return false;
    case "list":
    case "blueprints":
      return [];
    case "pairs":
      return {};
    case "model": {
      const blank: JsonObject = {};
      for (const name of real.required ?? []) {
        const part = real.properties?.[name];
        if (part) blank[name] = blankOf(part, root);
      }
      return blank;
    }
    case "json":
      return real.type === "array" ? [] : real.type === "object" ? {} : "";
    default:
      return "";
  }
}

/** Whether a value is (or contains, as text) an expression. */
export function isExpression(value: Json | undefined): value is string {
  return typeof value === "string" && value.includes("{{");
}

/** The text with which expression mode takes a literal over. */
export function toExpression(value: Json | undefined): string {
  if (value === undefined || value === "" || value === null) return "{{  }}";
  if (typeof value === "string") return value.includes("{{") ? value : `{{ ${JSON.stringify(value)} }}`;
  return `{{ ${pythonic(JSON.stringify(value))} }}`;
}

/** The literal that an expression stands for, or undefined where it truly computes something. */
export function toLiteral(text: string): Json | undefined {
  const inner = /^\s*\{\{([\s\S]*)\}\}\s*$/.exec(text)?.[1]?.trim();
  if (inner === undefined) return text.includes("{{") ? undefined : text;
  try {
    return JSON.parse(LITERALS[inner] ?? inner) as Json;
  } catch {
    return undefined;
  }
}

/** Kinds whose values are no texts, or not only. */
const NO_TEXTS: ReadonlySet<FieldKind> = new Set<FieldKind>(["number", "duration", "boolean", "json", "list", "pairs", "model", "called-inputs"]);

/** What a text without braces means that was written over an expression. */
export function plainOf(text: string, kind: FieldKind): Json {
  if (!NO_TEXTS.has(kind) || !text.trim()) return text;
  try {
    return JSON.parse(LITERALS[text.trim()] ?? text) as Json;
  } catch {
    return text;
  }
}

const LITERALS: Record<string, string> = { True: "true", False: "false", None: "null" };

function pythonic(json: string): string {
  return { true: "True", false: "False", null: "None" }[json] ?? json;
}
