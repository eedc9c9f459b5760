/** @file Walks source trees: ignore files honoured, no link followed, every folder entered once. */
import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats } from "node:fs";
import { basename, join } from "node:path";
import { DataError, fileError } from "../../base/index.ts";
import { type CorpusCounts, count } from "./counts.ts";
import { enterFolder, type IgnoreRules, isIgnored } from "./ignore-rules.ts";
import { licenseOfFolder } from "./license.ts";
import { fileNameReason, isVendoredFolder } from "./path-rules.ts";

/** A source file that may hold functions. */
export interface WalkedFile {
  /** Where it lies. */
  readonly path: string;
  /** Label of its tree and the path from there, with `/` between parts: what a corpus keeps. */
  readonly name: string;
  readonly language: string;
  readonly bytes: number;
  /** The repository or top folder it belongs to. */
  readonly group: string;
  /** SPDX name of the nearest licence around it. */
  readonly license: string | undefined;
}

/** What the walk needs to know. */
export interface WalkOptions {
  readonly maxFileBytes: number;
  /** Folders below a tree that make a group. */
  readonly groupDepth: number;
  readonly languageOf: (name: string) => string | undefined;
  /** A tree that is a repository itself is one group; false divides it by its top folders. */
  readonly isTreeGroup: boolean;
}

/** A tree to walk. */
export interface SourceTree {
  readonly path: string;
  /** Unique among the trees of a corpus. */
  readonly label: string;
}

/**
 * Resolve folders to trees with labels: the folder's name, numbered when it occurs twice.
 * @throws DataError `file.missing`, `file.unreadable`, `corpus.notFolder`
 */
export function sourceTrees(folders: readonly string[]): SourceTree[] {
  const seen = new Map<string, number>();
  return folders.map((folder) => {
    const path = resolveFolder(folder);
    const name = basename(path) || "root";
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return { path, label: number === 1 ? name : `${name}~${number}` };
  });
}

function resolveFolder(folder: string): string {
  try {
    const path = realpathSync(folder);
    if (lstatSync(path).isDirectory()) {
      readdirSync(path);
      return path;
    }
  } catch (cause) {
    throw fileError(folder, cause);
  }
  throw new DataError("corpus.notFolder", "not a folder", {
    expected: "a folder of source code",
    got: "a file",
    where: folder,
  });
}

/** A folder whose entries are being visited. */
interface Place {
  readonly path: string;
  /** From the tree, "" for the tree itself. */
  readonly name: string;
  readonly depth: number;
  readonly entries: readonly Dirent[];
  next: number;
  readonly rules: IgnoreRules | undefined;
  readonly license: string | undefined;
  readonly group: string;
  /** A repository's folders are all one group. */
  readonly isInRepository: boolean;
}

/**
 * Visit one tree, entries in alphabetical order. What is left out is counted by reason: folders
 * `hidden`, `vendored`, `ignored`, `unreadable`, `visited`; files `symlink` (a link to a folder counts
 * here too), `not-a-file`, `ignored`, `unknown-language`, `too-large`, `empty`, `unreadable` and the
 * reasons of {@link fileNameReason}. Ignore files around the tree are not read: naming a folder overrides.
 * @param visited devices and inodes of folders walked before, so that overlapping trees count once
 */
export function* walkTree(
  tree: SourceTree,
  options: WalkOptions,
  counts: CorpusCounts,
  visited: Set<string>,
): Generator<WalkedFile> {
  const start = enter(tree, { path: tree.path, name: "" }, undefined, options, counts, visited);
  const stack = start === undefined ? [] : [start];
  for (let place = stack.at(-1); place !== undefined; place = stack.at(-1)) {
    const entry = place.entries[place.next++];
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const path = join(place.path, entry.name);
    const name = place.name === "" ? entry.name : `${place.name}/${entry.name}`;
    if (entry.isDirectory()) {
      const reason = folderReason(entry.name, name, place.rules);
      if (reason !== undefined) count(counts.folders, reason);
      else {
        const inner = enter(tree, { path, name }, place, options, counts, visited);
        if (inner !== undefined) stack.push(inner);
      }
      continue;
    }
    const file = visitFile(entry, { path, name, place, tree }, options);
    if ("reason" in file) count(counts.files, file.reason);
    else yield file;
  }
}

function folderReason(name: string, path: string, rules: IgnoreRules | undefined) {
  if (name.startsWith(".")) return "hidden";
  if (isVendoredFolder(name)) return "vendored";
  return isIgnored(rules, `${path}/`) ? "ignored" : undefined;
}

function enter(
  tree: SourceTree,
  { path, name }: { readonly path: string; readonly name: string },
  outer: Place | undefined,
  { groupDepth, isTreeGroup }: WalkOptions,
  counts: CorpusCounts,
  visited: Set<string>,
): Place | undefined {
  let entries: Dirent[];
  let found: Stats;
  try {
    found = lstatSync(path);
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    count(counts.folders, "unreadable");
    return undefined;
  }
  const key = `${found.dev}:${found.ino}`;
  if (visited.has(key)) {
    count(counts.folders, "visited");
    return undefined;
  }
  visited.add(key);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = entries.map((entry) => entry.name);
  const isRepository = names.includes(".git") && (outer !== undefined || isTreeGroup);
  // npm's scopes are half of a package's name
  const isScope = basename(path).startsWith("@");
  const depth = outer === undefined ? 0 : outer.depth + (isScope ? 0 : 1);
  const own = `${tree.label}/${name}`.replace(/\/$/, "");
  const isInRepository = isRepository || (outer?.isInRepository ?? false);
  const isGroup = outer === undefined || isRepository || (!isInRepository && depth <= groupDepth);
  return {
    path,
    name,
    depth,
    entries,
    next: 0,
    rules: enterFolder(path, names, name, outer?.rules),
    license: licenseOfFolder(path, names) ?? outer?.license,
    group: isGroup ? own : outer.group,
    isInRepository,
  };
}

interface Visit {
  readonly path: string;
  readonly name: string;
  readonly place: Place;
  readonly tree: SourceTree;
}

function visitFile(
  entry: Dirent,
  { path, name, place, tree }: Visit,
  { languageOf, maxFileBytes }: WalkOptions,
): WalkedFile | { readonly reason: string } {
  if (entry.isSymbolicLink()) return { reason: "symlink" };
  if (!entry.isFile()) return { reason: "not-a-file" };
  const language = languageOf(entry.name);
  if (language === undefined) return { reason: "unknown-language" };
  if (isIgnored(place.rules, name)) return { reason: "ignored" };
  const reason = fileNameReason(entry.name);
  if (reason !== undefined) return { reason };
  const bytes = sizeOf(path);
  if (bytes === undefined) return { reason: "unreadable" };
  if (bytes === 0) return { reason: "empty" };
  if (bytes > maxFileBytes) return { reason: "too-large" };
  const { group, license } = place;
  return { path, name: `${tree.label}/${name}`, language, bytes, group, license };
}

function sizeOf(path: string): number | undefined {
  try {
    return lstatSync(path).size;
  } catch {
    return undefined;
  }
}
