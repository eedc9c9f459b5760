/**
 * @file `tsx scripts/corpus-sources.ts --out DIR [NAME...]`: downloads the source code the pre-training
 * corpus is built from, one top folder per repository, and checks every licence. The table is
 * corpus/sources.tsv; what was taken stands in DIR/.sources/*.json, archives in DIR/.sources/archives
 * (delete them when done). A second run takes what is missing or changed in the table.
 * Needs Debian (apt-get), npm and GNU tar; about 1.6 GB of downloads, 5 GB of disk.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { fetchArchives, prepareApt, readCopyright, unpack } from "./corpus/archives.ts";
import { refusedLicences } from "./corpus/licences.ts";
import { type Counts, place, sift, statesLicence } from "./corpus/sift.ts";
import { identifier, type Source, wantedPatterns } from "./corpus/source.ts";
import { sources } from "./corpus/source-table.ts";

/** What was taken from a source; kept beside the tree, so that a second run does nothing. */
interface Taken extends Counts {
  readonly source: Source;
  /** Top folders it fills, below the output folder. */
  readonly folders: readonly string[];
}

function take(source: Source, out: string, state: string): Taken {
  const refused = refusedLicences(source.licence);
  if (refused.length > 0) throw new Error(`licence not allowed: ${refused.join(", ")}`);
  const { upstream, debian } = fetchArchives(source, state);
  const partial = join(state, "partial");
  rmSync(partial, { recursive: true, force: true });
  for (const archive of upstream) unpack(archive, partial, wantedPatterns(source));
  const copyright = readCopyright(debian, state);
  if (!statesLicence(source, partial, copyright)) {
    throw new Error(`its files do not state the licence ${source.licence}`);
  }
  const counts = sift(source, partial, copyright);
  if (counts.files === 0) throw new Error("no source files of its languages");
  return { source, folders: place(source, partial, out), ...counts };
}

/** Takes a source unless an earlier run did, from the same row of the table. */
function takeOnce(source: Source, out: string, state: string): Taken {
  const record = join(state, `${identifier(source)}.json`);
  if (existsSync(record)) {
    const taken: Taken = JSON.parse(readFileSync(record, "utf8"));
    const isThere = taken.folders.every((folder) => existsSync(join(out, folder)));
    if (isThere && isDeepStrictEqual(taken.source, source)) return taken;
  }
  const taken = take(source, out, state);
  writeFileSync(record, `${JSON.stringify(taken, null, 2)}\n`);
  return taken;
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function describe({ bytes, restricted }: Taken): string {
  const parts = Object.entries(bytes).map(([language, count]) => {
    return `${language} ${megabytes(count)} MB`;
  });
  return `${parts.join(", ")}; ${restricted} files under other licences left out`;
}

function report(all: readonly Taken[]): void {
  const languages = new Set(all.flatMap(({ bytes }) => Object.keys(bytes)));
  for (const language of [...languages].sort()) {
    const rows = all.flatMap(({ bytes }) => bytes[language] ?? []);
    const sum = rows.reduce((total, bytes) => total + bytes, 0);
    console.log(`${language.padEnd(12)} ${megabytes(sum).padStart(8)} MB, ${rows.length} sources`);
  }
  const licences = new Set(all.map(({ source }) => source.licence));
  for (const licence of [...licences].sort()) {
    const rows = all.filter(({ source }) => source.licence === licence);
    console.log(`${licence.padEnd(24)} ${rows.length} sources`);
  }
}

function main(): void {
  const { values, positionals } = parseArgs({
    options: { out: { type: "string" } },
    allowPositionals: true,
  });
  if (values.out === undefined) throw new Error("usage: corpus-sources.ts --out DIR [NAME...]");
  const out = resolve(values.out);
  const state = join(out, ".sources");
  mkdirSync(state, { recursive: true });
  prepareApt(join(state, "apt"));
  const isChosen = ({ name }: Source) => positionals.length === 0 || positionals.includes(name);
  const chosen = sources.filter(isChosen);
  const all: Taken[] = [];
  for (const [index, source] of chosen.entries()) {
    const label = `${index + 1}/${chosen.length} ${identifier(source)}`;
    try {
      const taken = takeOnce(source, out, state);
      all.push(taken);
      console.error(`${label}: ${describe(taken)}`);
    } catch (error) {
      process.exitCode = 1;
      console.error(`${label}: FAILED: ${error instanceof Error ? error.message : error}`);
    }
  }
  report(all);
  if (positionals.length === 0) warnOfStrangers(all, out);
}

/** Names folders no row of the table accounts for: a corpus built of the whole would hold them too. */
function warnOfStrangers(all: readonly Taken[], out: string): void {
  const known = new Set(all.flatMap(({ folders }) => folders));
  for (const name of readdirSync(out)) {
    if (!name.startsWith(".") && !known.has(name)) console.error(`not in the table: ${name}`);
  }
}

main();
