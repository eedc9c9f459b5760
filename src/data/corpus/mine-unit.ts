/** @file One unit of work: reads its files and writes its functions and their sketches. */
import { createHash } from "node:crypto";
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile, writeFileAtomically } from "../../base/index.ts";
import { type CorpusCounts, count, emptyCounts } from "./counts.ts";
import { type MinedFunction, mineFile, type ParseSource } from "./mine-file.ts";
import { type Plan, type PlannedFile, pathOf, readUnit } from "./plan.ts";
import type { CorpusSettings } from "./settings.ts";
import { digestLength, signatureLength, writeSketch } from "./sketch.ts";

/** A line of a unit's file: one source file and what was taken from it. */
export interface MinedRecord {
  readonly name: string;
  readonly group: number;
  readonly language: number;
  readonly license?: string;
  readonly bytes: number;
  /** Of the file as it was read. */
  readonly sha256: string;
  readonly functions: readonly MinedFunction[];
}

/** What is known of a finished unit. */
export interface UnitSummary {
  readonly numFunctions: number;
  /** Source files of which something was taken, and their bytes. */
  readonly numFiles: number;
  readonly fileBytes: number;
  /** Bytes of code and docstrings. */
  readonly textBytes: number;
  readonly counts: CorpusCounts;
}

/** Bytes per function in a sketch file: digest, signature, group, language, has docstring, 2 of padding. */
export const sketchRowBytes = digestLength + signatureLength + 8;

const nameOf = (unit: number) => String(unit).padStart(6, "0");
const summaryPath = (work: string, unit: number) => join(work, `mined/${nameOf(unit)}.json`);
/** The functions of a unit: one {@link MinedRecord} a line. */
export const minedPath = (work: string, unit: number) => join(work, `mined/${nameOf(unit)}.jsonl`);
/** The sketches of a unit, {@link sketchRowBytes} bytes a function. */
export const sketchPath = (work: string, unit: number) =>
  join(work, `mined/${nameOf(unit)}.sketch`);

/** The summary of a unit that an earlier run finished, or undefined. */
export function finishedUnit(work: string, unit: number): UnitSummary | undefined {
  const path = summaryPath(work, unit);
  return existsSync(path) ? (readJsonFile(path) as UnitSummary) : undefined;
}

/** What mining a unit needs. */
export interface MiningContext {
  readonly work: string;
  readonly plan: Plan;
  readonly settings: CorpusSettings;
  readonly parse: ParseSource;
  /** Files that took the process down before: counted `parser-crash`. */
  readonly skip?: ReadonlySet<string>;
  /** Told the index of the file about to be read. */
  readonly onFile?: (index: number) => void;
}

/** Mine one unit; its summary is written last, and makes it finished. */
export async function mineUnit(unit: number, context: MiningContext): Promise<UnitSummary> {
  const { work, plan } = context;
  const counts = emptyCounts();
  const lines: Buffer[] = [];
  const sketches: Uint8Array[] = [];
  let textBytes = 0;
  let fileBytes = 0;
  for (const [index, file] of readUnit(work, plan, unit).entries()) {
    context.onFile?.(index);
    const record = await mineRecord(file, context, counts);
    if (record === undefined) continue;
    lines.push(Buffer.from(`${JSON.stringify(record)}\n`));
    fileBytes += record.bytes;
    for (const each of record.functions) {
      sketches.push(sketchRow(each, record));
      textBytes += Buffer.byteLength(each.code) + Buffer.byteLength(each.docstring);
    }
  }
  writeFileAtomically(minedPath(work, unit), Buffer.concat(lines));
  writeFileAtomically(sketchPath(work, unit), Buffer.concat(sketches));
  const numFunctions = sketches.length;
  const summary = { numFunctions, numFiles: lines.length, fileBytes, textBytes, counts };
  writeFileAtomically(summaryPath(work, unit), JSON.stringify(summary));
  return summary;
}

async function mineRecord(
  file: PlannedFile,
  { plan, settings, parse, skip }: MiningContext,
  counts: CorpusCounts,
): Promise<MinedRecord | undefined> {
  if (skip?.has(file.name)) {
    count(counts.files, "parser-crash");
    return undefined;
  }
  const bytes = readWhole(pathOf(plan, file), settings.maxFileBytes);
  if (typeof bytes === "string") {
    count(counts.files, bytes);
    return undefined;
  }
  const { name, group } = file;
  const content = { name, language: plan.languages[file.language]!, bytes, license: file.license };
  const mined = await mineFile(content, settings, parse, counts);
  if (mined === undefined) return undefined;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { license, functions } = mined;
  const language = plan.languages.indexOf(mined.language);
  const known = license === undefined ? {} : { license };
  return { name, group, language, ...known, bytes: bytes.length, sha256, functions };
}

/** A file's bytes, or the reason why not; it may have changed since the walk. */
function readWhole(path: string, maxBytes: number): Uint8Array | string {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return "unreadable";
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) return "not-a-file";
    if (found.size > maxBytes) return "too-large";
    const bytes = new Uint8Array(found.size);
    let length = 0;
    while (length < bytes.length) {
      const got = readSync(file, bytes, length, bytes.length - length, length);
      if (got === 0) break;
      length += got;
    }
    return bytes.subarray(0, length);
  } catch {
    return "unreadable";
  } finally {
    closeSync(file);
  }
}

function sketchRow(
  { code, docstring }: MinedFunction,
  { group, language }: MinedRecord,
): Uint8Array {
  const row = Buffer.alloc(sketchRowBytes);
  writeSketch(code, row);
  const at = digestLength + signatureLength;
  row.writeUInt32LE(group, at);
  row[at + 4] = language;
  row[at + 5] = docstring === "" ? 0 : 1;
  return row;
}
