/**
 * Build the editor into static/editor (or EDITOR_OUT): the bundle, LICENSES.md of what is in it,
 * and BUILD.json with the sums of all sources and outputs, so that a test can tell whether the
 * committed bundle belongs to the committed sources. The same sources give the same bytes.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "vite";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const OUT = resolve(ROOT, process.env.EDITOR_OUT ?? "../../static/editor");
const SOURCES = ["package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "scripts", "src"];
/** The code that the canvas needs first, gzipped; chunks that are loaded later do not count. */
const BUDGET = 200 * 1024;

function files(folder, base = "") {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const name = base ? `${base}/${entry.name}` : entry.name;
      return entry.isDirectory() ? files(join(folder, entry.name), name) : [name];
    })
    .sort();
}

function sum(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function sources() {
  return SOURCES.flatMap((name) =>
    name.includes(".") ? [name] : files(join(ROOT, name)).map((inner) => `${name}/${inner}`),
  ).sort();
}

/** The packages whose code is in the bundle, from the modules that the bundler took. */
function packagesIn(outputs) {
  const names = new Set();
  for (const output of outputs) {
    for (const id of Object.keys(output.modules ?? {})) {
      const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id.replaceAll("\\", "/"));
      if (found) names.add(found[1]);
    }
  }
  return [...names].sort();
}

function licences(names) {
  const parts = names.map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
    const text = file ? readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim() : "";
    return `## ${name} ${about.version}\n\n${about.license ?? "see its page"}\n\n${text}\n`;
  });
  return `# What is in the editor's bundle\n\n${parts.join("\n")}`;
}

/** The files that the page loads before the canvas can be drawn: the entry and its static imports. */
function first(outputs) {
  const byName = new Map(outputs.map((output) => [output.fileName, output]));
  const needed = new Set();
  const add = (name) => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const inner of byName.get(name)?.imports ?? []) add(inner);
  };
  add("editor.js");
  return [...needed];
}

const result = await build({
  root: ROOT,
  configFile: join(ROOT, "vite.config.ts"),
  logLevel: "warn",
  build: { outDir: OUT },
});
const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => each.output);
writeFileSync(join(OUT, "LICENSES.md"), licences(packagesIn(outputs)));

const sums = (folder, names) => Object.fromEntries(names.map((name) => [name, sum(join(folder, name))]));
const built = files(OUT).filter((name) => name !== "BUILD.json");
writeFileSync(
  join(OUT, "BUILD.json"),
  `${JSON.stringify({ sources: sums(ROOT, sources()), outputs: sums(OUT, built) }, null, 2)}\n`,
);

const needed = first(outputs).filter((name) => existsSync(join(OUT, name)));
const size = needed
  .map((name) => gzipSync(readFileSync(join(OUT, name)), { level: 9 }).length)
  .reduce((total, bytes) => total + bytes, 0);
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} kB`;
console.log(`First: ${kilobytes(size)} gzip of ${kilobytes(BUDGET)} (${needed.join(", ")}).`);
if (size > BUDGET) {
  console.error("That is over the budget: load something later, or leave it out.");
  process.exitCode = 1;
}
