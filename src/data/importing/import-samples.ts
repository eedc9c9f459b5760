/** @file From a data set on disk to labelled samples: read, stripped of what tells, counted. */
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import {
  discard,
  nearest,
  syncFolder,
  temporaryPath,
  UsageError,
  writeError,
} from "../../base/index.ts";
import { type Grammar, type Language, loadGrammar } from "../../syntax/index.ts";
import { codeDigest } from "../duplicates.ts";
import type { LabelledSample } from "../labelled-samples.ts";
import { normalizeLanguage } from "../languages.ts";
import { emptyDataset } from "../lines.ts";
import type { Draft, Importer } from "./draft.ts";
import { importers } from "./sources/index.ts";
import { stripHints } from "./strip.ts";

/** What to import. */
export interface ImportOptions {
  /** One of the names of {@link importers}. */
  readonly source: string;
  /** A folder, or a file. */
  readonly folder: string;
  /** The file to write, JSON lines. */
  readonly out: string;
  /** The language of samples whose data set does not tell. */
  readonly language?: string;
  /** For tables: the column of each field, by the field's name. */
  readonly columns?: Readonly<Record<string, string>>;
  /** Called now and then with the number of samples so far. */
  readonly onProgress?: (numSamples: number) => void;
}

/** What came of it. */
export interface ImportReport {
  readonly samples: number;
  readonly vulnerable: number;
  readonly safe: number;
  /** Pairs with both their forms. */
  readonly pairs: number;
  readonly groups: number;
  readonly languages: Readonly<Record<string, number>>;
  /** What was left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Comments taken out. */
  readonly comments: number;
  /** Samples in which a name was replaced. */
  readonly renamed: number;
  /** Names of libraries that look like labels and stayed, by the number of samples. */
  readonly keptNames: Readonly<Record<string, number>>;
  /** Pieces of code, white space aside, that have both labels; `data dedup` removes them. */
  readonly conflicts: number;
  /** Samples whose code, white space aside, was there before. */
  readonly copies: number;
}

interface Tally {
  readonly labels: [safe: number, vulnerable: number];
  readonly pairs: Map<string, number>;
  readonly groups: Set<string>;
  readonly languages: Map<string, number>;
  readonly dropped: Map<string, number>;
  readonly keptNames: Map<string, number>;
  /** By digest: 1 safe, 2 vulnerable, 3 both. */
  readonly codes: Map<string, number>;
  comments: number;
  renamed: number;
}

const startTally = (): Tally => ({
  labels: [0, 0],
  pairs: new Map(),
  groups: new Set(),
  languages: new Map(),
  dropped: new Map(),
  keptNames: new Map(),
  codes: new Map(),
  comments: 0,
  renamed: 0,
});

const countIn = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/**
 * Import a data set. Comments and docstrings go, and names that tell a label (see label-words.ts);
 * ids, pairs and groups say nothing of it. The file is written whole or not at all.
 * @throws UsageError `import.source`; DataError `import.layout`, `data.empty` and those of the readers
 */
export async function importSamples(options: ImportOptions): Promise<ImportReport> {
  const importer = importerOf(options.source);
  const grammars = new Map<string, Grammar>();
  for (const language of importer.languages) {
    grammars.set(language, await loadGrammar(language as Language));
  }
  const tally = startTally();
  const file = openWhole(options.out);
  try {
    await importer.read({
      folder: options.folder,
      columns: options.columns ?? {},
      grammars,
      ...(options.language && { language: normalizeLanguage(options.language) }),
      add: (draft) => {
        const sample = finish(draft, options.source, importer, grammars, tally);
        if (sample === undefined) return;
        file.write(`${JSON.stringify(sample)}\n`);
        const done = tally.labels[0] + tally.labels[1];
        if (done % 1000 === 0) options.onProgress?.(done);
      },
      drop: (reason) => countIn(tally.dropped, reason),
    });
    if (tally.labels[0] + tally.labels[1] === 0)
      throw emptyDataset(options.folder, importer.layout);
    file.commit();
  } finally {
    file.close();
  }
  return reportOf(tally);
}

function importerOf(source: string): Importer {
  if (Object.hasOwn(importers, source)) return importers[source as keyof typeof importers];
  const names = Object.keys(importers);
  throw new UsageError("import.source", "unknown data set", {
    expected: `one of ${names.join(", ")}`,
    got: source,
    help: `did you mean ${nearest(source, names)}?`,
  });
}

function finish(
  draft: Draft,
  source: string,
  { kind }: Importer,
  grammars: ReadonlyMap<string, Grammar>,
  tally: Tally,
): (LabelledSample & { date?: string }) | undefined {
  const language = normalizeLanguage(draft.language);
  const grammar = grammars.get(language);
  const { name, label } = draft;
  const stripped = stripHints(draft.code, grammar, { kind, ...(name && { name }) });
  if (stripped.code.trim() === "") {
    countIn(tally.dropped, "nothing but comments");
    return undefined;
  }
  if (grammar === undefined) countIn(tally.dropped, "kept as it is: no grammar for its language");
  count(tally, draft, language, stripped);
  const { cwe, pair, group, date } = draft;
  const id = `${source}-${tally.labels[0] + tally.labels[1]}`;
  return {
    id,
    language,
    code: stripped.code,
    label,
    cwe,
    pair,
    group,
    source,
    ...(date && { date }),
  };
}

function count(
  tally: Tally,
  { label, pair, group }: Draft,
  language: string,
  { code, numComments, renamed, kept }: ReturnType<typeof stripHints>,
): void {
  tally.labels[label] += 1;
  tally.groups.add(group);
  countIn(tally.languages, language);
  if (pair !== null) tally.pairs.set(pair, (tally.pairs.get(pair) ?? 0) | (1 << label));
  tally.comments += numComments;
  if (renamed.length > 0) tally.renamed += 1;
  for (const name of kept) countIn(tally.keptNames, name);
  const digest = codeDigest(code).slice(0, 24);
  tally.codes.set(digest, (tally.codes.get(digest) ?? 0) | (1 << label));
}

function reportOf(tally: Tally): ImportReport {
  const sorted = (counts: ReadonlyMap<string, number>) =>
    Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));
  const [safe, vulnerable] = tally.labels;
  const both = (bits: Iterable<number>) => [...bits].filter((bit) => bit === 3).length;
  return {
    samples: safe + vulnerable,
    vulnerable,
    safe,
    pairs: both(tally.pairs.values()),
    groups: tally.groups.size,
    languages: sorted(tally.languages),
    dropped: sorted(tally.dropped),
    comments: tally.comments,
    renamed: tally.renamed,
    keptNames: sorted(tally.keptNames),
    conflicts: both(tally.codes.values()),
    copies: safe + vulnerable - tally.codes.size,
  };
}

/** A file that appears when it is whole. */
function openWhole(path: string) {
  const temporary = temporaryPath(path);
  const attempt = <T>(act: () => T): T => {
    try {
      return act();
    } catch (cause) {
      throw writeError(path, cause);
    }
  };
  const file = attempt(() => openSync(temporary, "wx"));
  let isOpen = true;
  return {
    write: (text: string) => {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length; ) {
        done += attempt(() => writeSync(file, bytes, done));
      }
    },
    commit: () => {
      attempt(() => fsyncSync(file));
      closeSync(file);
      isOpen = false;
      attempt(() => renameSync(temporary, path));
      syncFolder(dirname(path));
    },
    close: () => {
      if (!isOpen) return;
      closeSync(file);
      discard(temporary);
    },
  };
}
