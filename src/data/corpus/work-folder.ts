/** @file The folder of an unfinished build: one process at a time, the same settings until it is done. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DataError,
  discard,
  isProcessAlive,
  makeFolder,
  writeFileAtomically,
} from "../../base/index.ts";
import { manifestName, shardFolder } from "./manifest.ts";
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
  const work = join(out, ".build");
  createFolders(work);
  const release = lock(work);
  try {
    requireFreeCorpus(out, overwrite);
    if (overwrite) forgetOther(work, digest);
    const plan = existsSync(join(work, "plan.json")) ? readPlan(work) : undefined;
    if (plan !== undefined && plan.digest !== digest) throw otherSettings(work);
    if (plan === undefined) clear(work);
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

function requireFreeCorpus(out: string, overwrite: boolean): void {
  const manifest = join(out, manifestName);
  if (!existsSync(manifest)) return;
  if (!overwrite) {
    throw new DataError("corpus.exists", "there is a corpus in that folder", {
      got: manifest,
      help: "choose another --out, or --overwrite",
    });
  }
  discard(manifest);
}

function forgetOther(work: string, digest: string): void {
  if (!existsSync(join(work, "plan.json")) || readPlan(work).digest === digest) return;
  clear(work);
}

const contents = ["plan.json", "units.jsonl", "tokenizer.json", "mined", "encoded"];

function clear(work: string): void {
  for (const name of contents) discard(join(work, name));
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
