/** @file From lists of ids to padded int32 arrays, with every id checked. */
import { DataError, type NdArray } from "../base/index.ts";
import type { Batch } from "./architecture.ts";

/** Target positions with this label are not scored (PyTorch's ignore_index). */
export const ignoredLabel = -100;

type Rows = readonly (readonly number[])[];

/** A padded matrix of ids and its mask. */
export interface PaddedIds {
  readonly ids: NdArray & { readonly data: Int32Array };
  readonly mask: NdArray & { readonly data: Int32Array };
  readonly rows: number;
  readonly length: number;
}

/**
 * Pad rows on the right.
 * @param name names the input in errors
 * @throws DataError `ids.empty`, or `ids.range` naming row and column of an id outside [0, vocabSize)
 */
export function padIds(rows: Rows, padTokenId: number, vocabSize: number, name: string): PaddedIds {
  const length = rows.reduce((longest, row) => Math.max(longest, row.length), 0);
  if (rows.length === 0 || length === 0) {
    throw new DataError("ids.empty", `${name} is empty`, { expected: "at least one id" });
  }
  const ids = new Int32Array(rows.length * length).fill(padTokenId);
  const mask = new Int32Array(rows.length * length);
  rows.forEach((row, r) => {
    row.forEach((id, c) => {
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
        throw outsideVocabulary(id, vocabSize, `${name}[${r}][${c}]`);
      }
      ids[r * length + c] = id;
      mask[r * length + c] = 1;
    });
  });
  const shape = [rows.length, length];
  return { ids: { data: ids, shape }, mask: { data: mask, shape }, rows: rows.length, length };
}

function outsideVocabulary(id: number, vocabSize: number, where: string): DataError {
  return new DataError("ids.range", "token id outside the vocabulary", {
    expected: `an integer in [0, ${vocabSize})`,
    got: String(id),
    where,
    help: "was the text encoded with this model's tokenizer?",
  });
}

/**
 * A mask given by the caller, padded with 0 to the ids' shape.
 * @throws DataError `mask.shape` when a row's length differs from its ids'
 */
export function padMask(rows: Rows, ids: Rows, length: number, name: string): PaddedIds["mask"] {
  const data = new Int32Array(ids.length * length);
  if (rows.length !== ids.length) throw maskShape(name, `${ids.length} rows`, `${rows.length}`);
  rows.forEach((row, r) => {
    const want = ids[r]!.length;
    if (row.length !== want) throw maskShape(`${name}[${r}]`, `${want} entries`, `${row.length}`);
    data.set(row, r * length);
  });
  return { data, shape: [ids.length, length] };
}

function maskShape(where: string, expected: string, got: string): DataError {
  return new DataError("mask.shape", "the mask does not fit its ids", { expected, got, where });
}

/**
 * Decoder inputs for teacher forcing: labels shifted right behind the start token, ignored labels
 * replaced by padding. Hugging Face `_shift_right`.
 */
export function shiftRight(labels: Rows, startTokenId: number, padTokenId: number): number[][] {
  return labels.map((row) => {
    const shifted = [startTokenId, ...row.slice(0, -1)];
    return shifted.map((id) => (id === ignoredLabel ? padTokenId : id));
  });
}

/**
 * Labels as rows, one per example.
 * @throws DataError `labels.shape` for class numbers or another number of rows
 */
export function labelRows(labels: NonNullable<Batch["labels"]>, rows: number): Rows {
  const isRows = (labels as readonly unknown[]).every((row) => typeof row === "object");
  if (isRows && labels.length === rows) return labels as Rows;
  const got = isRows ? `${labels.length} rows` : "numbers instead of rows";
  throw labelShape("labels", `${rows} rows of token ids`, got);
}

/**
 * @param name of the rows, in errors
 * @throws DataError `labels.shape` when rows of ids do not pair up with the labels
 */
export function checkPairing(rows: Rows, labels: Rows, name: string): void {
  labels.forEach((row, r) => {
    const want = rows[r]?.length ?? 0;
    if (row.length === want) return;
    throw labelShape(`labels[${r}]`, `${want} ids, as in ${name}`, `${row.length} ids`);
  });
}

function labelShape(where: string, expected: string, got: string): DataError {
  return new DataError("labels.shape", "the labels do not fit the batch", { expected, got, where });
}

/** Scored target positions: row-major position in [B, T] and the id expected there. */
export interface Targets {
  readonly positions: NdArray & { readonly data: Int32Array };
  readonly ids: NdArray & { readonly data: Int32Array };
}

/**
 * The labels that count.
 * @param length padded target length T
 * @param shift positions by which a prediction stands before its label; labels without one are not scored
 * @throws DataError `labels.none` when every label is ignored, `ids.range`
 */
export function scoredTargets(labels: Rows, length: number, vocabSize: number, shift = 0): Targets {
  const positions: number[] = [];
  const ids: number[] = [];
  labels.forEach((row, r) => {
    row.forEach((id, c) => {
      if (id === ignoredLabel || c < shift) return;
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize) {
        throw outsideVocabulary(id, vocabSize, `labels[${r}][${c}]`);
      }
      positions.push(r * length + c - shift);
      ids.push(id);
    });
  });
  if (ids.length === 0) {
    throw new DataError("labels.none", "no label to learn from: all are ignored");
  }
  return {
    positions: { data: Int32Array.from(positions), shape: [positions.length] },
    ids: { data: Int32Array.from(ids), shape: [ids.length] },
  };
}

/**
 * Class numbers of a classification head, one per example.
 * @param numClasses C
 * @throws DataError `labels.class` for another number of labels, or one outside [0, C)
 */
export function classLabels(labels: NonNullable<Batch["labels"]>, rows: number, numClasses = 2) {
  const flat = (labels as readonly (number | readonly number[])[]).map((label) => {
    return typeof label === "number" ? label : (label[0] ?? Number.NaN);
  });
  const bad = flat.findIndex((label) => {
    return !Number.isInteger(label) || label < 0 || label >= numClasses;
  });
  if (bad >= 0 || flat.length !== rows) {
    const range = numClasses === 2 ? "0 or 1" : `a whole number below ${numClasses}`;
    throw new DataError("labels.class", "labels do not fit the batch", {
      expected: `${rows} labels, each ${range}`,
      got: bad >= 0 ? `${flat[bad]} at [${bad}]` : `${flat.length} labels`,
    });
  }
  return { data: Int32Array.from(flat), shape: [rows] };
}

/** @throws DataError `ids.length` when a batch is longer than the model's context */
export function checkLength(length: number, maxPositions: number): void {
  if (length <= maxPositions) return;
  throw new DataError("ids.length", "longer than the model's context", {
    expected: `at most ${maxPositions} tokens`,
    got: String(length),
    where: "inputIds",
    help: "truncate the text",
  });
}
