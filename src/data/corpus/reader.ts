/** @file Reads a corpus: millions of functions at random, few bytes of memory each. */
import { join } from "node:path";
import { DataError } from "../../base/index.ts";
import { loadTokenizerSync, type Tokenizer } from "../../tokenizer/index.ts";
import type { SplitName } from "../split.ts";
import {
  type CorpusManifest,
  readManifest,
  shardFolder,
  tokenizerDigest,
  tokenizerFolder,
} from "./manifest.ts";
import { checkFile, damaged, type OpenFiles, openFiles } from "./shard-files.ts";
import { column, readIdentifiers, rowBytes, rowWords, type ShardFile } from "./shard-format.ts";
import { splitCodes } from "./split-groups.ts";

/** One function. */
export interface CodeExample {
  readonly language: string;
  /** Empty when it has none. */
  readonly docstring: string;
  /** The function without its docstring. */
  readonly code: string;
  /** Start and end pairs, UTF-16 offsets in `code`, in order. */
  readonly identifiers: Int32Array;
  /** Where it came from: the label of a source tree and the path from there. */
  readonly path: string;
}

/** Token ids as they lie in the shard: 2 or 4 bytes each. */
export type TokenIds = Uint16Array | Uint32Array;

/** The functions of one split; i counts from 0 to length - 1. */
export interface CorpusSplit {
  readonly length: number;
  /** Tokens of docstring and code together; from memory. */
  numTokens(i: number): number;
  /** From memory. */
  language(i: number): string;
  /** From memory. */
  hasDocstring(i: number): boolean;
  /** Text, identifiers and path; read from the disk. */
  example(i: number): CodeExample;
  /** Read from the disk, no special tokens around. */
  codeTokens(i: number): TokenIds;
  docstringTokens(i: number): TokenIds;
  /** The source file and the bytes `[byteStart, byteEnd)` of it. */
  origin(i: number): ShardFile & { readonly byteStart: number; readonly byteEnd: number };
}

/** An open corpus. */
export interface Corpus {
  readonly manifest: CorpusManifest;
  readonly tokenizer: Tokenizer;
  split(name: SplitName): CorpusSplit;
  /** Close its files; nothing can be read afterwards. */
  close(): void;
}

export interface OpenOptions {
  /** `all` (default) digests every byte; `index` leaves the tokens, the bulk, at a look at their size. */
  readonly verify?: "all" | "index";
  /** The tokenizer of the model to be trained: it must be the corpus's own. */
  readonly tokenizer?: Tokenizer;
}

/**
 * Open a corpus folder and check it.
 * @throws DataError `file.missing`, `corpus.manifest`; `corpus.shard` for a shard that is cut short
 *   or whose digest differs; `corpus.tokenizer` for a tokenizer other than the shards were made with
 */
export function openCorpus(folder: string, options: OpenOptions = {}): Corpus {
  const manifest = readManifest(folder);
  const tokenizer = loadTokenizerSync(join(folder, tokenizerFolder));
  requireTokenizer(manifest, tokenizer, join(folder, tokenizerFolder));
  if (options.tokenizer) requireTokenizer(manifest, options.tokenizer, "the model's tokenizer");
  const files = openFiles();
  try {
    const columns = loadColumns(folder, manifest, options.verify ?? "all", files);
    const read = { manifest, tokenizer, columns, files };
    const splits = new Map<SplitName, CorpusSplit>();
    return {
      manifest,
      tokenizer,
      split(name) {
        const known = splits.get(name) ?? openSplit(read, columns.splits[name]);
        splits.set(name, known);
        return known;
      },
      close: files.close,
    };
  } catch (error) {
    files.close();
    throw error;
  }
}

function requireTokenizer(
  { tokenizer: made }: CorpusManifest,
  tokenizer: Tokenizer,
  where: string,
) {
  const digest = tokenizerDigest(tokenizer);
  if (digest === made.sha256) return;
  throw new DataError("corpus.tokenizer", "the tokenizer does not match the corpus", {
    expected: `${made.vocabSize} tokens, digest ${made.sha256.slice(0, 12)}`,
    got: `${tokenizer.vocabSize} tokens, digest ${digest.slice(0, 12)}`,
    where,
    help: "train with the corpus's own tokenizer, or build the corpus again with --tokenizer",
  });
}

/** What is kept in memory of every function. */
interface Columns {
  readonly shards: readonly { readonly first: number; readonly path: string }[];
  readonly numTokens: Uint32Array;
  readonly languages: Uint8Array;
  readonly hasDocstring: Uint8Array;
  readonly splits: Readonly<Record<SplitName, Uint32Array>>;
}

function loadColumns(
  folder: string,
  manifest: CorpusManifest,
  verify: "all" | "index",
  files: OpenFiles,
): Columns {
  const numFunctions = manifest.shards.reduce((total, { functions }) => total + functions, 0);
  const numTokens = new Uint32Array(numFunctions);
  const languages = new Uint8Array(numFunctions);
  const hasDocstring = new Uint8Array(numFunctions);
  const splitOf = new Uint8Array(numFunctions);
  let first = 0;
  const shards = manifest.shards.map((shard) => {
    const path = join(folder, shardFolder, shard.name);
    checkFile(files, `${path}.tokens`, shard.files.tokens, verify === "all");
    checkFile(files, `${path}.files.jsonl`, shard.files.files, verify === "all");
    checkFile(files, `${path}.index`, shard.files.index, true);
    const index = files.read(`${path}.index`, 0, shard.files.index.bytes);
    if (index.length !== shard.functions * rowBytes) {
      throw damaged(`${path}.index`, `${shard.functions} rows`, `${index.length / rowBytes}`);
    }
    const words = new Uint32Array(index.buffer);
    for (let row = 0; row < shard.functions; row++) {
      const at = row * rowWords;
      const i = first + row;
      numTokens[i] = words[at + column.docstringTokens]! + words[at + column.codeTokens]!;
      hasDocstring[i] = words[at + column.docstringTokens]! > 0 ? 1 : 0;
      languages[i] = words[at + column.kind]! & 0xff;
      splitOf[i] = (words[at + column.kind]! >>> 8) & 0xff;
    }
    const placed = { first, path };
    first += shard.functions;
    return placed;
  });
  const ofSplit = (code: number) => {
    let size = 0;
    for (const split of splitOf) if (split === code) size++;
    const members = new Uint32Array(size);
    let at = 0;
    for (let i = 0; i < numFunctions; i++) if (splitOf[i] === code) members[at++] = i;
    return members;
  };
  const splits = {
    train: ofSplit(splitCodes.train),
    validation: ofSplit(splitCodes.validation),
    test: ofSplit(splitCodes.test),
  };
  return { shards, numTokens, languages, hasDocstring, splits };
}

interface Reading {
  readonly manifest: CorpusManifest;
  readonly tokenizer: Tokenizer;
  readonly columns: Columns;
  readonly files: OpenFiles;
}

function openSplit(reading: Reading, members: Uint32Array): CorpusSplit {
  const { manifest, tokenizer, columns, files } = reading;
  const idOf = (i: number) => {
    const id = members[i];
    if (id !== undefined) return id;
    throw new DataError("corpus.function", "no such function in the split", {
      expected: `0 to ${members.length - 1}`,
      got: String(i),
    });
  };
  const language = (i: number) => manifest.languages[columns.languages[idOf(i)]!]!;
  const originOf = ({ row, path }: Located) => {
    const line = files.read(
      `${path}.files.jsonl`,
      row[column.fileOffset]!,
      row[column.fileLength]!,
    );
    const file = JSON.parse(Buffer.from(line.buffer).toString("utf8")) as ShardFile;
    return { ...file, byteStart: row[column.byteStart]!, byteEnd: row[column.byteEnd]! };
  };
  return {
    length: members.length,
    numTokens: (i) => columns.numTokens[idOf(i)]!,
    language,
    hasDocstring: (i) => columns.hasDocstring[idOf(i)] === 1,
    origin: (i) => originOf(locate(reading, idOf(i))),
    codeTokens: (i) => readFunction(reading, locate(reading, idOf(i))).code,
    docstringTokens: (i) => readFunction(reading, locate(reading, idOf(i))).docstring,
    example(i) {
      const located = locate(reading, idOf(i));
      const { docstring, code, identifiers } = readFunction(reading, located);
      return {
        language: language(i),
        docstring: tokenizer.decode(docstring),
        code: tokenizer.decode(code),
        identifiers,
        path: originOf(located).path,
      };
    },
  };
}

/** A function's row of the index and its shard's path without the ending. */
interface Located {
  readonly row: Uint32Array;
  readonly path: string;
}

function locate({ columns, files }: Reading, id: number): Located {
  const { shards } = columns;
  let low = 0;
  for (let high = shards.length - 1; low < high; ) {
    const middle = (low + high + 1) >>> 1;
    if (shards[middle]!.first <= id) low = middle;
    else high = middle - 1;
  }
  const { first, path } = shards[low]!;
  const bytes = files.read(`${path}.index`, (id - first) * rowBytes, rowBytes);
  return { row: new Uint32Array(bytes.buffer), path };
}

function readFunction({ manifest, files }: Reading, { row, path }: Located) {
  const { tokenBytes } = manifest;
  const TokenArray = tokenBytes === 2 ? Uint16Array : Uint32Array;
  const numDoc = row[column.docstringTokens]!;
  const numCode = row[column.codeTokens]!;
  const identifierStart = (numDoc + numCode) * tokenBytes;
  const length = identifierStart + row[column.identifierBytes]!;
  const bytes = files.read(`${path}.tokens`, row[column.offset]!, length);
  const ids = new TokenArray(bytes.buffer, 0, numDoc + numCode);
  return {
    docstring: ids.subarray(0, numDoc),
    code: ids.subarray(numDoc),
    identifiers: readIdentifiers(bytes, identifierStart, row[column.identifiers]!),
  };
}
