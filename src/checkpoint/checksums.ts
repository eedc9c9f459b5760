/** @file SHA-256 of a folder's files, kept beside them in `checksums.json`. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { DataError, fileError, writeFileAtomically } from "../base/index.ts";
import { readBoundedJson } from "./bounded-json.ts";
import { withFile } from "./stored-tensor.ts";

const manifestFile = "checksums.json";

/** @returns SHA-256, 64 hexadecimal digits. @throws DataError `file.missing`, `file.unreadable` */
export function sha256OfFile(path: string): string {
  return withFile(path, (file) => {
    const hash = createHash("sha256");
    const chunk = new Uint8Array(1 << 20);
    for (;;) {
      const count = readSync(file, chunk, 0, chunk.length, null);
      if (count === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, count));
    }
  });
}

/**
 * Write `checksums.json` for every file of a folder and its sub-folders.
 * @param known hashes just computed, by name, so that large files are not read again
 */
export function writeChecksums(folder: string, known: Readonly<Record<string, string>> = {}): void {
  const files = listFiles(folder).map((name) => {
    return [name, known[name] ?? sha256OfFile(join(folder, name))] as const;
  });
  const manifest = { algorithm: "sha256", files: Object.fromEntries(files) };
  writeFileAtomically(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
}

function listFiles(folder: string): string[] {
  let entries: ReturnType<typeof readEntries>;
  try {
    entries = readEntries(folder);
  } catch (cause) {
    throw fileError(folder, cause);
  }
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const portable = names.map((name) => name.replaceAll(sep, "/"));
  return portable.filter((name) => name !== manifestFile && !isHidden(name)).sort();
}

const readEntries = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true });

/** Temporaries and locks come and go; they are not part of the folder's content. */
const isHidden = (name: string) => name.split("/").some((part) => part.startsWith("."));

/** Whether a folder keeps checksums; those from elsewhere mostly do not. */
export function hasChecksums(folder: string): boolean {
  return existsSync(join(folder, manifestFile));
}

/**
 * Compare a folder's files with its `checksums.json`; files not listed there are not looked at.
 * @returns names of the files found intact
 * @throws DataError `checksums.mismatch`, naming the file, `checksums.form`, `file.missing`
 */
export function verifyChecksums(folder: string): string[] {
  const path = join(folder, manifestFile);
  const expected = Object.entries(readManifest(path));
  for (const [name, hash] of expected) {
    const got = sha256OfFile(join(folder, name));
    if (got === hash) continue;
    throw new DataError("checksums.mismatch", `${name} is damaged or was changed`, {
      expected: `sha256 ${hash}`,
      got,
      where: join(folder, name),
      help: `copy the file again; if it was changed on purpose, remove it from ${manifestFile}`,
    });
  }
  return expected.map(([name]) => name);
}

function readManifest(path: string): Record<string, string> {
  const manifest = readBoundedJson(path) as { algorithm?: unknown; files?: unknown } | null;
  const files = manifest?.algorithm === "sha256" ? manifest.files : undefined;
  const entries = typeof files === "object" && files !== null ? Object.entries(files) : undefined;
  const bad = entries?.find(([name, hash]) => !isInside(name) || !/^[0-9a-f]{64}$/.test(hash));
  if (entries === undefined || bad !== undefined) {
    throw new DataError("checksums.form", "not a list of checksums", {
      expected: '{ "algorithm": "sha256", "files": { relative path: 64 hexadecimal digits } }',
      got: bad === undefined ? "another form" : JSON.stringify(bad),
      where: path,
    });
  }
  return Object.fromEntries(entries);
}

/** Whether a relative path stays in its folder. */
function isInside(name: string): boolean {
  const parts = name.split(/[/\\]/);
  return parts.every((part) => part !== "" && part !== "." && part !== "..") && !name.includes(":");
}
