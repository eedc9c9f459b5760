/** @file A step's batches divided among processes: whole micro-batches where they go round, else their rows. */
import type { NdArray } from "../base/index.ts";
import { type Shape, sizeOfDim } from "../graph/index.ts";
import type { Architecture, Batch } from "../model/index.ts";

/** Shapes of a graph's inputs, by name. */
export type InputShapes = ReadonlyMap<string, Shape>;

/** What one process does of one micro-batch. */
export interface Piece {
  readonly rank: number;
  readonly microBatch: number;
  /** Of the micro-batch, the first that is the process's. */
  readonly firstRow: number;
  /** What dimension names stand for in the micro-batch, which decides where dropout masks lie. */
  readonly whole: Readonly<Record<string, number>>;
  /** The same of these rows, which are padded to their own longest. */
  readonly own: Readonly<Record<string, number>>;
  readonly arrays: Readonly<Record<string, NdArray>>;
}

/** A step's work, and the scored items that its summed loss counts. */
export interface DividedStep {
  readonly pieces: readonly Piece[];
  readonly count: number;
}

/**
 * Divide a step. The sum over the pieces does not depend on how many processes there are.
 * @throws DataError for ids outside the vocabulary or labels that do not fit
 */
export function divideStep(
  batches: readonly Batch[],
  architecture: Architecture,
  shapes: InputShapes,
  processes: number,
): DividedStep {
  const areWhole = batches.length % processes === 0;
  const divided = batches.map((batch, microBatch) => {
    const feeds = architecture.collate(batch);
    const whole = sizesOf(shapes, feeds.arrays);
    const at = { microBatch, firstRow: 0, whole };
    if (areWhole) {
      const rank = microBatch % processes;
      return { count: feeds.count, pieces: [{ ...at, rank, own: whole, arrays: feeds.arrays }] };
    }
    const pieces = divideRows(batch.inputIds.length, processes).map(([start, end], k) => {
      const { arrays } = architecture.collate(rowsOf(batch, start, end));
      const own = sizesOf(shapes, arrays);
      return { ...at, rank: (microBatch + k) % processes, firstRow: start, own, arrays };
    });
    return { count: feeds.count, pieces };
  });
  return {
    pieces: divided.flatMap(({ pieces }) => pieces),
    count: divided.reduce((sum, { count }) => sum + count, 0),
  };
}

/** Neighbouring rows in parts as equal as can be; none is empty. */
function divideRows(rows: number, parts: number): (readonly [start: number, end: number])[] {
  const count = Math.min(rows, parts);
  const bound = (part: number) => Math.round((part * rows) / count);
  return Array.from({ length: count }, (_, part) => [bound(part), bound(part + 1)] as const);
}

function rowsOf(batch: Batch, start: number, end: number): Batch {
  const cut = Object.entries(batch).map(([name, rows]) => [name, rows.slice(start, end)] as const);
  return Object.fromEntries(cut) as unknown as Batch;
}

/** What each plain dimension name stands for; of a product such as `2*B`, its name. */
function sizesOf(
  shapes: InputShapes,
  arrays: Readonly<Record<string, NdArray>>,
): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [name, array] of Object.entries(arrays)) {
    shapes.get(name)?.forEach((dim, axis) => {
      const found = typeof dim === "string" ? nameIn(dim) : undefined;
      if (found === undefined) return;
      const factor = sizeOfDim(dim, { [found]: 1 });
      if (factor !== undefined) sizes[found] = array.shape[axis]! / factor;
    });
  }
  return sizes;
}

/** The one name of a dimension such as `S` or `2*B`. */
function nameIn(dim: string): string | undefined {
  const names = dim.split("*").filter((part) => !/^\d+$/.test(part));
  return names.length === 1 && /^\w+$/.test(names[0]!) ? names[0] : undefined;
}
