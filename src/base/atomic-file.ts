/** @file Files that are whole or absent: written beside, fsynced, renamed over the old one. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { DataError } from "./errors.ts";
import { hashString } from "./random.ts";

/** Appends bytes to a file that is being written. */
export type WriteBytes = (bytes: Uint8Array) => void;

/** One write call; short of the 2 GiB the kernel and the hash functions accept at once. */
const chunkBytes = 1 << 24;

/**
 * Write a file so that a reader, a crash or a power cut sees the old content or the new, whole.
 * @param content text, bytes, or a function that appends piece by piece (never held in memory)
 * @throws DataError `disk.full` (the old file is intact, the temporary gone) or `file.unwritable`
 */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array | ((write: WriteBytes) => void),
): void {
  const temporary = temporaryPath(path);
  try {
    sweepTemporaries(path);
    writeAndSync(temporary, content);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    discard(temporary);
    throw writeError(path, cause);
  }
}

function writeAndSync(path: string, content: Parameters<typeof writeFileAtomically>[1]): void {
  const file = openSync(path, "wx");
  try {
    const write: WriteBytes = (bytes) => writeFully(file, bytes);
    if (typeof content === "function") content(write);
    else write(typeof content === "string" ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeFully(file: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.byteLength) {
    done += writeSync(file, bytes, done, Math.min(chunkBytes, bytes.byteLength - done));
  }
}

/** Names carry machine and process, so that what a killed process left can be told and swept. */
function temporaryPrefix(path: string): string {
  return `.${basename(resolve(path))}.tmp-${hashString(hostname()).toString(16)}-`;
}

/** A fresh hidden name beside `path`, on the same file system, so that a rename is atomic. */
export function temporaryPath(path: string): string {
  const unique = `${process.pid}-${randomBytes(4).toString("hex")}`;
  return join(dirname(resolve(path)), temporaryPrefix(path) + unique);
}

/** Remove temporaries of `path` whose process on this machine is dead (it was killed while writing). */
export function sweepTemporaries(path: string): void {
  const folder = dirname(resolve(path));
  const prefix = temporaryPrefix(path);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number.parseInt(name.slice(prefix.length), 10);
    if (!isProcessAlive(pid)) discard(join(folder, name));
  }
}

/** Whether a process of this machine has that id; true for processes of other users. */
export function isProcessAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Make renames and removals inside a folder survive a power cut; nothing to do on Windows. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  syncPath(folder);
}

/** Flush one file or folder to the disk. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Remove a file or a folder if it is there; a failure is ignored, it is swept another time. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // the error that made us discard is the one worth reporting
  }
}

/** Map a failed write to one clear error; anything that is not a file-system failure passes through. */
export function writeError(path: string, cause: unknown): unknown {
  const { code, syscall } = (cause ?? {}) as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return cause;
  const full = code === "ENOSPC" || code === "EDQUOT";
  return new DataError(
    full ? "disk.full" : "file.unwritable",
    full ? "the disk is full" : `cannot write (${code})`,
    {
      expected: full ? "enough free space" : "a writable place",
      got: code,
      where: path,
      ...(full ? { help: "nothing was changed; free some space and run again" } : {}),
    },
    cause,
  );
}
