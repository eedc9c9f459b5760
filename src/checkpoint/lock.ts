/**
 * @file One process at a time in a run folder.
 *
 * Each contender puts a file of its own, `.lock-<pid>-<random>.json`, into the folder (complete
 * when it appears: written beside and renamed), then lists the folder; if it sees a file of
 * another live process it takes its own back and gives up. Of two contenders the one whose file
 * appeared second must see the first's, so two never both hold the lock. Files of dead processes
 * are removed by whoever holds the lock; their names are never used again, so that is safe.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  DataError,
  discard,
  isProcessAlive,
  makeFolder,
  writeFileAtomically,
} from "../base/index.ts";

/** A held lock. */
export interface Lock {
  /** Give it back; a second call does nothing. A process that ends without it leaves no lock. */
  release(): void;
}

interface Owner {
  readonly pid: number;
  readonly hostname: string;
  /** Identifies the system start, so that a process id from before a reboot is not believed. */
  readonly bootId: string;
  /** Start of the process in clock ticks since boot: tells a process from a later one of its id. */
  readonly processStart: string;
  /** ISO 8601, for people. */
  readonly lockedAt: string;
}

/**
 * Lock a folder, creating it if need be; locks of dead processes are taken over.
 * @throws DataError `run.locked`, naming the process that holds it, or `file.unwritable`
 */
export function acquireLock(folder: string): Lock {
  const file = `.lock-${process.pid}-${randomBytes(4).toString("hex")}.json`;
  const path = join(folder, file);
  makeFolder(folder);
  writeFileAtomically(path, `${JSON.stringify(describeSelf())}\n`);
  const others = readdirSync(folder).filter((name) => isLockFile(name) && name !== file);
  for (const other of others) {
    const owner = readOwner(join(folder, other));
    if (owner === undefined || !isHeld(owner)) continue;
    discard(path);
    throw lockedError(folder, other, owner);
  }
  for (const other of others) discard(join(folder, other));
  return { release: () => discard(path) };
}

const isLockFile = (name: string) => /^\.lock-\d+-[0-9a-f]{8}\.json$/.test(name);

function describeSelf(): Owner {
  return {
    pid: process.pid,
    hostname: hostname(),
    bootId: readOptional("/proc/sys/kernel/random/boot_id").trim(),
    processStart: processStat(process.pid).start,
    lockedAt: new Date().toISOString(),
  };
}

/** A lock file cut short by a power failure belongs to nobody alive: undefined. */
function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, "utf8"));
    return typeof owner?.pid === "number" && typeof owner.hostname === "string" ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Of another machine nothing can be known, so its lock counts as held. */
function isHeld(owner: Owner): boolean {
  const self = describeSelf();
  if (owner.hostname !== self.hostname) return true;
  if (owner.bootId !== self.bootId || !isProcessAlive(owner.pid)) return false;
  const { start, state } = processStat(owner.pid);
  return start === owner.processStart && state !== "Z";
}

/**
 * State letter and start time of a process; empty where /proc is missing.
 * proc(5): fields 3 and 22 of /proc/[pid]/stat, after a command in parentheses that may hold any.
 */
function processStat(pid: number): { state: string; start: string } {
  const stat = readOptional(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "" };
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function lockedError(folder: string, file: string, owner: Owner): DataError {
  return new DataError("run.locked", `the folder is in use by process ${owner.pid}`, {
    expected: "a folder that no other process writes to",
    got: `process ${owner.pid} on ${owner.hostname}, since ${owner.lockedAt}`,
    where: folder,
    help: `wait for it or stop it; if that machine is gone, delete ${join(folder, file)}`,
  });
}
