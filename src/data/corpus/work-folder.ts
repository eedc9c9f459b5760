/** @file The folder of an unfinished build: one process at a time, the same settings until it is done. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DataError,
  discard,
  isProcessAlive,
  makeFolder,
  writeFileAtomically,
} from "../../base/index.ts";
import { manifestName, shardFolder, tokenizerFolder, workName } from "./manifest.ts";
import { type Plan, readPlan } from "./plan.ts";

/** A build's place on disk. */
export interface WorkFolder {
  readonly work: string;
  /** The plan of an interrupted build with the same settings. */
  readonly plan: Plan | undefined;
  /** Let others in. */
  release(): void;
}

/**
 * Open `OUT/.build` for one process.
 * @param digest of trees and settings: a build goes on only with its own
 * @throws DataError `corpus.exists`, `corpus.locked`, `corpus.otherSettings`, `file.unwritable`
 */
export function openWorkFolder(out: string, digest: string, overwrite: boolean): WorkFolder {
  const work = join(out, workName);
  if (!overwrite) requireFreeCorpus(out);
  createFolders(work);
  const release = lock(work);
  try {
    if (overwrite) forgetOther(out, work, digest);
    const plan = existsSync(join(work, "plan.json")) ? readPlan(work) : undefined;
    if (plan !== undefined && plan.digest !== digest) throw otherSettings(work);
    if (plan === undefined) {
      clear(work);
      clearShards(out, overwrite);
    }
    createFolders(join(work, "mined"), join(work, "encoded"), join(out, shardFolder));
    return { work, plan, release };
  } catch (error) {
    release();
    throw error;
  }
}

function createFolders(...folders: readonly string[]): void {
  for (const folder of folders) makeFolder(folder);
}

function requireFreeCorpus(out: string): void {
  const manifest = join(out, manifestName);
  if (!existsSync(manifest)) return;
  throw new DataError("corpus.exists", "there is a corpus in that folder", {
    got: manifest,
    help: "choose another --out, or --overwrite",
  });
}

/** A finished corpus, or an unfinished one of other settings, is to be replaced. */
function forgetOther(out: string, work: string, digest: string): void {
  discard(join(out, manifestName));
  if (existsSync(join(work, "plan.json")) && readPlan(work).digest !== digest) clear(work);
}

const contents = ["plan.json", "units.jsonl", "tokenizer.json", "mined", "encoded"];

function clear(work: string): void {
  for (const name of contents) discard(join(work, name));
}

/** Of what is in the way only what a build has made is removed, and only if asked. */
function clearShards(out: string, overwrite: boolean): void {
  const folder = join(out, shardFolder);
  const shards = existsSync(folder) ? readdirSync(folder) : [];
  const inTheWay = [
    ...shards.map((name) => join(folder, name)),
    ...[join(out, tokenizerFolder)].filter((path) => existsSync(path)),
  ];
  if (inTheWay.length > 0 && !overwrite) {
    throw new DataError("corpus.exists", "there is something in that folder", {
      got: inTheWay[0]!,
      help: "choose another --out, or --overwrite",
    });
  }
  for (const path of inTheWay) {
    if (/[\\/]\d{5}\.(?:tokens|index|files\.jsonl)$/.test(path)) discard(path);
  }
}

function otherSettings(work: string): DataError {
  return new DataError("corpus.otherSettings", "an unfinished build with other settings is there", {
    expected: "the folders and settings it was begun with",
    got: "others",
    where: work,
    help: "run it as before to finish it, or --overwrite to begin anew",
  });
}

/** A file with the process's id; one of a dead process is taken over. */
function lock(work: string): () => void {
  const path = join(work, "lock.json");
  const owner = readOwner(path);
  if (owner !== undefined && owner !== process.pid && isProcessAlive(owner)) {
    throw new DataError("corpus.locked", `process ${owner} is building this corpus`, {
      expected: "one build at a time",
      where: path,
      help: "wait for it or stop it; if it is no build, delete that file",
    });
  }
  writeFileAtomically(path, JSON.stringify({ pid: process.pid }));
  return () => discard(path);
}

function readOwner(path: string): number | undefined {
  try {
    return Number(JSON.parse(readFileSync(path, "utf8")).pid);
  } catch {
    return undefined;
  }
}
