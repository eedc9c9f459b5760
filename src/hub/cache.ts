/**
 * @file The cache of models, laid out as Python's huggingface_hub has it, so that both share it:
 * `models--owner--name/` with `blobs/<hash>`, `snapshots/<commit>/<file>` (links to blobs) and
 * `refs/<branch>` (the commit). huggingface_hub, docs "Understand caching".
 */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { discard, makeFolder, writeError, writeFileAtomically } from "../base/index.ts";

const prefix = "models--";

/** Folder of a repository in the cache. */
export function repositoryFolder(cacheFolder: string, repository: string): string {
  return join(cacheFolder, prefix + repository.replace("/", "--"));
}

/** Where the content with that hash is, or will be. */
export function blobPath(folder: string, hash: string): string {
  return join(folder, "blobs", hash);
}

export function snapshotFolder(folder: string, commit: string): string {
  return join(folder, "snapshots", commit);
}

const commitPattern = /^[0-9a-f]{40}$/;

/** Whether a revision is a commit, and so never moves. */
export const isCommit = (revision: string): boolean => commitPattern.test(revision);

/** The commit that a revision was when it was last fetched; undefined when it never was. */
export function cachedCommit(folder: string, revision: string): string | undefined {
  if (isCommit(revision)) return revision;
  const path = join(folder, "refs", revision);
  if (!isFile(path) || statSync(path).size > 1000) return undefined;
  const commit = readFileSync(path, "utf8").trim();
  return isCommit(commit) ? commit : undefined;
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Remember the commit of a branch or tag. */
export function writeCommit(folder: string, revision: string, commit: string): void {
  if (isCommit(revision)) return;
  const path = join(folder, "refs", revision);
  makeFolder(dirname(path));
  writeFileAtomically(path, commit);
}

/** Show a blob under its name in a snapshot: a link, or a copy where links are not to be had. */
export function linkIntoSnapshot(snapshot: string, name: string, blob: string): void {
  const path = join(snapshot, name);
  if (existsSync(path)) return;
  makeFolder(snapshot);
  // a link that leads nowhere would be in the way
  discard(path);
  const apart = mkdtempSync(join(snapshot, ".link-"));
  const fresh = join(apart, basename(name));
  try {
    if (!tryLink(relative(snapshot, blob), path)) {
      copyFileSync(blob, fresh);
      renameSync(fresh, path);
    }
  } catch (cause) {
    throw writeError(path, cause);
  } finally {
    discard(apart);
  }
}

function tryLink(target: string, path: string): boolean {
  try {
    symlinkSync(target, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return true;
    return false;
  }
}

/** Names of files in a snapshot that lead to content. */
export function snapshotFiles(snapshot: string): string[] {
  if (!existsSync(snapshot)) return [];
  return readdirSync(snapshot).filter((name) => isFile(join(snapshot, name)));
}

/** Every model of the cache, as `owner/name`. */
export function cachedModels(cacheFolder: string): string[] {
  if (!existsSync(cacheFolder)) return [];
  const folders = readdirSync(cacheFolder).filter((name) => name.startsWith(prefix));
  return folders.map((name) => name.slice(prefix.length).replace("--", "/")).sort();
}
