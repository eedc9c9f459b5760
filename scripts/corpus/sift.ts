/** @file What of an unpacked source stays, by path and licence, and where it goes. */
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { isRestricted, isStatedInHeads, restrictedPaths, unreadLicences } from "./licences.ts";
import { isLicenceFile, isWanted, languageOf, type Source, targetFolder } from "./source.ts";

/** Characters at the start of a file in which its licence is looked for. */
const headLength = 4096;

/** Path components of the deepest file that speaks for the whole source: further down is vendored code. */
const deepestStatement = 4;

/** What stayed of a source. */
export interface Counts {
  /** By language. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly files: number;
  /** Files left out for their own licence. */
  readonly restricted: number;
}

/** Path below the package's own folder. */
const insidePath = (path: string): string => path.replace(/^[^/]+\//, "");

/** Paths of all files and links below a folder, relative to it. */
function filesBelow(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => !lstatSync(join(folder, path)).isDirectory());
}

function manifestLicence(root: string): unknown {
  const manifests = readdirSync(root).map((top) => join(root, top, "package.json"));
  const manifest = manifests.find((file) => existsSync(file));
  return manifest === undefined ? undefined : JSON.parse(readFileSync(manifest, "utf8")).license;
}

function readHead(file: string): string {
  const bytes = Buffer.alloc(headLength);
  const descriptor = openSync(file, "r");
  const length = readSync(descriptor, bytes, 0, headLength, 0);
  closeSync(descriptor);
  return bytes.toString("latin1", 0, length);
}

/**
 * Whether an unpacked source states its licence: an npm package in its manifest, another in a licence
 * text or a readme, or else at the head of most of its files.
 * @param copyright text of debian/copyright, or empty
 */
export function statesLicence(source: Source, root: string, copyright: string): boolean {
  if (source.kind === "npm") return manifestLicence(root) === source.licence;
  const paths = filesBelow(root).filter((path) => lstatSync(join(root, path)).isFile());
  const read = (path: string) => readFileSync(join(root, path), "latin1");
  const isNearTop = (path: string) => path.split("/").length <= deepestStatement;
  const texts = paths.filter((path) => isLicenceFile(path) && isNearTop(path)).map(read);
  if (unreadLicences(source.licence, [copyright, ...texts]).length === 0) return true;
  const code = paths.filter((path) => languageOf(source, path) !== undefined);
  const heads = code.map((path) => readHead(join(root, path)));
  return isStatedInHeads(source.licence, heads);
}

/**
 * Deletes what is not wanted: links, other files, files under another licence than the source's.
 * @param root folder the archives were unpacked into
 * @param copyright text of debian/copyright, or empty
 */
export function sift(source: Source, root: string, copyright: string): Counts {
  const isListed = restrictedPaths(copyright);
  const bytes: Record<string, number> = {};
  let [files, restricted] = [0, 0];
  for (const path of filesBelow(root)) {
    const [file, inside] = [join(root, path), insidePath(path)];
    if (!lstatSync(file).isFile() || !isWanted(source, inside)) {
      rmSync(file);
      continue;
    }
    const language = languageOf(source, inside);
    if (language === undefined) continue;
    if (isListed(inside) || isRestricted(readHead(file))) {
      rmSync(file);
      restricted++;
      continue;
    }
    bytes[language] = (bytes[language] ?? 0) + statSync(file).size;
    files++;
  }
  return { bytes, files, restricted };
}

function move(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
}

function holdsCode(source: Source, folder: string): boolean {
  return filesBelow(folder).some((path) => languageOf(source, path) !== undefined);
}

/**
 * Moves an unpacked source to its top folder; each repository of a bundle to one of its own.
 * @returns the top folders
 */
export function place(source: Source, root: string, out: string): string[] {
  const target = targetFolder(source);
  const tops = [target.replace(/\/.*/, "")];
  const { bundle } = source;
  if (bundle !== undefined) {
    const folders = readdirSync(root).map((top) => join(root, top, bundle));
    for (const folder of folders.filter((path) => existsSync(path))) {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (!entry.isDirectory() || !holdsCode(source, join(folder, entry.name))) continue;
        const top = `${target}-${entry.name}`;
        move(join(folder, entry.name), join(out, top));
        tops.push(top);
      }
    }
  }
  move(root, join(out, target));
  return tops;
}
