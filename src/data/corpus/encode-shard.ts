/** @file Mined units to one shard: every kept function as token ids, with its row in the index. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileError, type WriteBytes, writeFileAtomically } from "../../base/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { type Counts, count } from "./counts.ts";
import type { FileDigest } from "./manifest.ts";
import type { MinedFunction } from "./mine-file.ts";
import { type MinedRecord, minedPath } from "./mine-unit.ts";
import type { Plan } from "./plan.ts";
import {
  column,
  maxIdentifierBytes,
  rowWords,
  type ShardFile,
  writeIdentifiers,
} from "./shard-format.ts";

/** Functions of one language in one split. */
export interface SliceStats {
  readonly language: string;
  readonly split: number;
  functions: number;
  /** Of these with a docstring. */
  documented: number;
  docstringTokens: number;
  codeTokens: number;
  leaves: number;
  identifiers: number;
  /** UTF-8 bytes of code and docstrings. */
  textBytes: number;
}

/** A finished shard. */
export interface ShardSummary {
  readonly name: string;
  readonly functions: number;
  readonly files: Readonly<Record<"tokens" | "index" | "files", FileDigest>>;
  readonly slices: readonly SliceStats[];
  /** Source files by label of their tree and licence, "" when none is known. */
  readonly licenses: Readonly<Record<string, Counts>>;
  /** Functions left out here, by reason. */
  readonly dropped: Counts;
}

/** What encoding a shard needs. */
export interface ShardTask {
  readonly work: string;
  /** Folder of the shards. */
  readonly folder: string;
  readonly name: string;
  readonly plan: Plan;
  readonly units: readonly number[];
  /** Code of `splitCodes` per function of these units, 0 when it is left out. */
  readonly splits: Uint8Array;
  readonly tokenizer: Tokenizer;
  /** Bytes of a token id. */
  readonly tokenBytes: 2 | 4;
  /** Told the bytes of each unit that is done. */
  readonly onBytes?: (bytes: number) => void;
}

/** Encode and write one shard; its three files appear whole or not at all. */
export function encodeShard(task: ShardTask): ShardSummary {
  const { folder, name } = task;
  const rows: Uint32Array[] = [];
  const fileLines: Buffer[] = [];
  const slices = new Map<number, SliceStats>();
  const licenses: Record<string, Counts> = {};
  const dropped: Counts = {};
  const place = (end: string) => join(folder, `${name}.${end}`);
  const tokens = writeDigested(place("tokens"), (write) => {
    const encoder = functionEncoder(task, write);
    let next = 0;
    let fileOffset = 0;
    for (const record of recordsOf(task)) {
      let fileLength = 0;
      for (const each of record.functions) {
        const split = task.splits[next++]!;
        if (split === 0) continue;
        const row = encoder.put(each);
        if (row === undefined) {
          count(dropped, "special-token");
          continue;
        }
        if (fileLength === 0) {
          const line = Buffer.from(`${JSON.stringify(shardFile(record, task.plan))}\n`);
          fileLines.push(line);
          fileLength = line.length - 1;
          const tree = record.name.slice(0, record.name.indexOf("/"));
          licenses[tree] ??= {};
          count(licenses[tree], record.license ?? "");
        }
        row[column.fileOffset] = fileOffset;
        row[column.fileLength] = fileLength;
        row[column.kind] = record.language | (split << 8);
        rows.push(row);
        addToSlice(slices, row, task.plan.languages[record.language]!, each);
      }
      if (fileLength > 0) fileOffset += fileLength + 1;
    }
    encoder.end();
  });
  const index = writeDigested(place("index"), (write) => {
    for (const row of rows) write(new Uint8Array(row.buffer));
  });
  const files = writeDigested(place("files.jsonl"), (write) => fileLines.forEach(write));
  return {
    name,
    functions: rows.length,
    files: { tokens, index, files },
    slices: [...slices.values()],
    licenses,
    dropped,
  };
}

function shardFile(record: MinedRecord, plan: Plan): ShardFile {
  return {
    path: record.name,
    group: plan.groups[record.group]!,
    language: plan.languages[record.language]!,
    license: record.license ?? null,
    bytes: record.bytes,
    sha256: record.sha256,
  };
}

function* recordsOf({ work, units, onBytes }: ShardTask): Generator<MinedRecord> {
  for (const unit of units) {
    const text = readMined(work, unit);
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf(0x0a, start);
      yield JSON.parse(text.toString("utf8", start, end));
      start = end + 1;
    }
    onBytes?.(text.length);
  }
}

/** The records of one unit as they lie on disk. */
export function readMined(work: string, unit: number): Buffer {
  const path = minedPath(work, unit);
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileError(path, cause);
  }
}

/** Bytes gathered before they are written. */
const chunkBytes = 1 << 20;

function functionEncoder({ tokenizer, tokenBytes }: ShardTask, write: WriteBytes) {
  const TokenArray = tokenBytes === 2 ? Uint16Array : Uint32Array;
  let chunks: Uint8Array[] = [];
  let pending = 0;
  let offset = 0;
  const flush = () => {
    write(Buffer.concat(chunks));
    chunks = [];
    pending = 0;
  };
  return {
    /** The function's row, or undefined when the tokenizer does not give its text back. */
    put({ docstring, code, identifiers, ...rest }: MinedFunction): Uint32Array | undefined {
      const docIds = losslessIds(tokenizer, docstring);
      const codeIds = losslessIds(tokenizer, code);
      if (docIds === undefined || codeIds === undefined) return undefined;
      const numIds = docIds.length + codeIds.length;
      const bytes = new Uint8Array(numIds * tokenBytes + maxIdentifierBytes(identifiers) + 4);
      const ids = new TokenArray(bytes.buffer, 0, numIds);
      ids.set(docIds);
      ids.set(codeIds, docIds.length);
      const identifierStart = numIds * tokenBytes;
      const end = writeIdentifiers(identifiers, bytes, identifierStart);
      const length = Math.ceil(end / tokenBytes) * tokenBytes;
      const row = new Uint32Array(rowWords);
      row[column.offset] = offset;
      row[column.docstringTokens] = docIds.length;
      row[column.codeTokens] = codeIds.length;
      row[column.identifiers] = identifiers.length / 2;
      row[column.identifierBytes] = end - identifierStart;
      row[column.leaves] = rest.numTokens;
      row[column.byteStart] = rest.byteStart;
      row[column.byteEnd] = rest.byteEnd;
      chunks.push(bytes.subarray(0, length));
      offset += length;
      pending += length;
      if (pending >= chunkBytes) flush();
      return row;
    },
    end: flush,
  };
}

/** Ids that decode to the same text; text that spells a special token has none. */
function losslessIds(tokenizer: Tokenizer, text: string): number[] | undefined {
  if (text === "") return [];
  const ids = tokenizer.encodeIds(text, { addSpecialTokens: false });
  const isLossless = !ids.some((id) => tokenizer.isSpecial(id)) && tokenizer.decode(ids) === text;
  return isLossless ? ids : undefined;
}

function addToSlice(
  slices: Map<number, SliceStats>,
  row: Uint32Array,
  language: string,
  { docstring, code }: MinedFunction,
): void {
  const kind = row[column.kind]!;
  const fresh = { functions: 0, documented: 0, docstringTokens: 0, codeTokens: 0, leaves: 0 };
  const slice = slices.get(kind) ?? {
    language,
    split: kind >>> 8,
    ...fresh,
    identifiers: 0,
    textBytes: 0,
  };
  slices.set(kind, slice);
  slice.functions++;
  if (row[column.docstringTokens]! > 0) slice.documented++;
  slice.docstringTokens += row[column.docstringTokens]!;
  slice.codeTokens += row[column.codeTokens]!;
  slice.leaves += row[column.leaves]!;
  slice.identifiers += row[column.identifiers]!;
  slice.textBytes += Buffer.byteLength(code) + Buffer.byteLength(docstring);
}

/** Write a file and digest what is written. */
function writeDigested(path: string, fill: (write: WriteBytes) => void): FileDigest {
  const hash = createHash("sha256");
  let bytes = 0;
  writeFileAtomically(path, (write) =>
    fill((piece) => {
      hash.update(piece);
      bytes += piece.length;
      write(piece);
    }),
  );
  return { bytes, sha256: hash.digest("hex") };
}
