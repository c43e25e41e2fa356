/** Tidy-up: nodes in layers from left to right, with few crossings and straight edges. */
import type { EdgeEnds } from "./edges";
import { snap } from "./geometry";

export interface Sized {
  id: string;
  width: number;
  height: number;
}

interface Cell {
  id: string;
  height: number;
  layer: number;
  y: number;
  /** Stands for a long edge passing through this layer. */
  bend: boolean;
  before: Cell[];
  after: Cell[];
}

const COLUMN_GAP = 80;
const ROW_GAP = 40;
const BEND_GAP = 14;
const SWEEPS = 8;

/** Edges without those that close a circle, so that what is left can be layered. */
function forward(ids: readonly string[], edges: readonly EdgeEnds[]): [string, string][] {
  const known = new Set(ids);
  const after = new Map<string, string[]>(ids.map((id) => [id, []]));
  const entered = new Set<string>();
  for (const { source, target } of edges) {
    if (source === target || !known.has(source) || !known.has(target)) continue;
    after.get(source)?.push(target);
    entered.add(target);
  }
  const state = new Map<string, "open" | "done">();
  const kept: [string, string][] = [];
  const walk = (start: string): void => {
    const stack: [string, number][] = [[start, 0]];
    state.set(start, "open");
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const [id, index] = top;
      const next = after.get(id)?.[index];
      if (next === undefined) {
        state.set(id, "done");
        stack.pop();
        continue;
      }
      top[1] += 1;
      if (state.get(next) === "open") continue;
      kept.push([id, next]);
      if (!state.has(next)) {
        state.set(next, "open");
        stack.push([next, 0]);
      }
    }
  };
  for (const id of ids) if (!entered.has(id)) walk(id);
  for (const id of ids) if (!state.has(id)) walk(id);
  return kept;
}

/** The longest way to each node from a start, in edges. */
function layersOf(ids: readonly string[], edges: readonly [string, string][]): Map<string, number> {
  const layer = new Map<string, number>(ids.map((id) => [id, 0]));
  const missing = new Map<string, number>(ids.map((id) => [id, 0]));
  const after = new Map<string, string[]>();
  for (const [source, target] of edges) {
    missing.set(target, (missing.get(target) ?? 0) + 1);
    after.set(source, [...(after.get(source) ?? []), target]);
  }
  const ready = ids.filter((id) => !missing.get(id));
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    for (const next of after.get(id) ?? []) {
      layer.set(next, Math.max(layer.get(next) ?? 0, (layer.get(id) ?? 0) + 1));
      const left = (missing.get(next) ?? 1) - 1;
      missing.set(next, left);
      if (!left) ready.push(next);
    }
  }
  return layer;
}

function cellsOf(
  nodes: readonly Sized[],
  layer: ReadonlyMap<string, number>,
  edges: readonly [string, string][],
): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const cell = (id: string, height: number, at: number, bend: boolean): Cell => {
    const made = { id, height, layer: at, y: 0, bend, before: [], after: [] };
    cells.set(id, made);
    return made;
  };
  for (const node of nodes) cell(node.id, node.height, layer.get(node.id) ?? 0, false);
  edges.forEach(([source, target], number) => {
    let last = cells.get(source);
    const end = cells.get(target);
    if (!last || !end) return;
    for (let at = last.layer + 1; at < end.layer; at += 1) {
      const bend: Cell = cell(`\u0000${number}:${at}`, 0, at, true);
      last.after.push(bend);
      bend.before.push(last);
      last = bend;
    }
    last.after.push(end);
    end.before.push(last);
  });
  return cells;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** Put the cells of each layer in an order with few crossings: barycentres, to and fro. */
function order(layers: Cell[][]): void {
  const rank = new Map<Cell, number>();
  const number = (layer: Cell[]): void => layer.forEach((cell, index) => rank.set(cell, index));
  layers.forEach(number);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = new Map(
        layer.map((cell) => {
          const near = down ? cell.before : cell.after;
          return [cell, near.length ? mean(near.map((other) => rank.get(other) ?? 0)) : rank.get(cell) ?? 0];
        }),
      );
      layer.sort((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
      number(layer);
    }
  }
}

function gap(above: Cell, below: Cell): number {
  return above.bend && below.bend ? BEND_GAP : ROW_GAP;
}

/** Place a layer's cells as near as can be to where they want to be, in order, without overlap. */
function settle(layer: readonly Cell[], wanted: readonly number[]): void {
  const offsets: number[] = [];
  layer.forEach((cell, index) => {
    const above = layer[index - 1];
    offsets.push(above ? (offsets[index - 1] ?? 0) + above.height + gap(above, cell) : 0);
  });
  // Pool adjacent violators: blocks of cells that touch move to their common mean.
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((want, index) => {
    let block = { sum: want - (offsets[index] ?? 0), count: 1 };
    for (let last = blocks.at(-1); last && last.sum / last.count > block.sum / block.count; last = blocks.at(-1)) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
    }
    blocks.push(block);
  });
  let index = 0;
  for (const block of blocks) {
    for (let member = 0; member < block.count; member += 1, index += 1) {
      const cell = layer[index];
      if (cell) cell.y = block.sum / block.count + (offsets[index] ?? 0);
    }
  }
}

function middle(cell: Cell): number {
  return cell.y + cell.height / 2;
}

function straighten(layers: readonly Cell[][]): void {
  for (const layer of layers) settle(layer, layer.map(() => 0));
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      settle(
        layer,
        layer.map((cell) => {
          const near = down ? cell.before : cell.after;
          return near.length ? mean(near.map(middle)) - cell.height / 2 : cell.y;
        }),
      );
    }
  }
}

/** How far each layer is from the left: each is as wide as its widest node. */
function columns(nodes: readonly Sized[], cells: ReadonlyMap<string, Cell>, count: number): number[] {
  const widths = new Array<number>(count).fill(0);
  for (const { id, width } of nodes) {
    const at = cells.get(id)?.layer ?? 0;
    widths[at] = Math.max(widths[at] ?? 0, width);
  }
  let left = 0;
  return widths.map((width) => {
    const here = left;
    left += width + COLUMN_GAP;
    return here;
  });
}

/** New places for the nodes, with the top left one at the origin given. */
export function tidy(
  nodes: readonly Sized[],
  edges: readonly EdgeEnds[],
  origin: { x: number; y: number } = { x: 0, y: 0 },
): Map<string, [number, number]> {
  const ids = nodes.map((node) => node.id);
  const kept = forward(ids, edges);
  const cells = cellsOf(nodes, layersOf(ids, kept), kept);
  const layers: Cell[][] = [];
  for (const cell of cells.values()) (layers[cell.layer] ??= []).push(cell);
  order(layers);
  straighten(layers);
  const lefts = columns(nodes, cells, layers.length);
  const top = Math.min(...ids.map((id) => cells.get(id)?.y ?? 0));
  return new Map(
    ids.map((id) => {
      const cell = cells.get(id);
      const x = origin.x + (lefts[cell?.layer ?? 0] ?? 0);
      return [id, [snap(x), snap(origin.y + (cell?.y ?? 0) - top)]];
    }),
  );
}
