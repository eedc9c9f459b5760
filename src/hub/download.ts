/**
 * @file One file from the hub to its place in the cache: resumed where it stopped, compared with the
 * hash that the hub tells before anything sees it under its name.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import {
  CodeT5Error,
  DataError,
  discard,
  type HubEnvironment,
  makeFolder,
  writeError,
} from "../base/index.ts";
import { request, unreachable } from "./request.ts";
import { retrying } from "./retry.ts";

/** A file of the hub: what to expect of it. */
export interface RemoteFile {
  readonly name: string;
  readonly byteLength: number;
  /** Name of its content: SHA-256 (64 digits) of large files, git's SHA-1 of a blob (40) of others. */
  readonly hash: string;
}

export interface DownloadOptions {
  readonly environment: HubEnvironment;
  /** Bytes of this file that are there. */
  readonly onProgress?: (done: number) => void;
}

/** Attempts in a row that may bring nothing. */
const mostAttempts = 5;

/**
 * Fetch `url` into `path`. What an earlier run left in `<path>.incomplete` is gone on with, as
 * Python's library does and leaves it.
 * @throws DataError `hub.checksum` when the content is not what the hub promised, twice;
 * `hub.size` when it is longer; `hub.*` of a request; `disk.full`, `file.unwritable`
 */
export async function download(
  url: string,
  path: string,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<void> {
  const partial = `${path}.incomplete`;
  makeFolder(dirname(path));
  for (const isLast of [false, true]) {
    await fill(url, partial, file, options);
    if (hashOf(partial, file) === file.hash) return finish(partial, path);
    // a part left by an earlier run may be the damaged one: once more from the start
    discard(partial);
    if (isLast) throw damaged(url, file);
  }
}

function finish(partial: string, path: string): void {
  const descriptor = openSync(partial, "r+");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, path);
}

/** Append until the file is as long as it is to be. */
async function fill(
  url: string,
  partial: string,
  file: RemoteFile,
  options: DownloadOptions,
): Promise<void> {
  await retrying(mostAttempts, async (progressed) => {
    const before = sizeOf(partial);
    if (before === file.byteLength && before > 0) return;
    if (before > file.byteLength) discard(partial);
    try {
      await append(url, partial, file, options);
    } finally {
      if (sizeOf(partial) > before) progressed();
    }
    if (sizeOf(partial) < file.byteLength) throw unreachable(url, new Error("cut short"));
  });
}

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

async function append(
  url: string,
  partial: string,
  file: RemoteFile,
  { environment, onProgress }: DownloadOptions,
): Promise<void> {
  const controller = new AbortController();
  const watch = watchdog(controller, environment.timeoutMs);
  const start = sizeOf(partial);
  const descriptor = openForAppending(partial);
  try {
    const response = await request(url, { environment, start, signal: controller.signal });
    let done = isContinued(response, start) ? start : 0;
    if (done < start) ftruncateSync(descriptor, 0);
    if (response.status === 416 || response.body === null) {
      await response.body?.cancel();
      return;
    }
    for await (const chunk of chunksOf(response.body, url)) {
      watch.feed();
      done += chunk.byteLength;
      if (done > file.byteLength) throw tooLong(url, file, () => ftruncateSync(descriptor, 0));
      writeFully(descriptor, chunk, partial);
      onProgress?.(done);
    }
  } finally {
    watch.end();
    controller.abort();
    closeSync(descriptor);
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, "a");
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Whether an answer goes on where we stopped; a server may start again instead. */
function isContinued({ status, headers }: Response, start: number): boolean {
  if (status !== 206) return false;
  return headers.get("content-range")?.startsWith(`bytes ${start}-`) === true;
}

async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  url: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw cause instanceof CodeT5Error ? cause : unreachable(url, cause);
  }
}

function writeFully(descriptor: number, chunk: Uint8Array, path: string): void {
  try {
    for (let done = 0; done < chunk.byteLength; ) done += writeSync(descriptor, chunk, done);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Aborts a request that brings nothing for too long. */
function watchdog(controller: AbortController, timeoutMs: number) {
  const late = () => controller.abort(new Error(`no bytes for ${timeoutMs / 1000} s`));
  const timer = setTimeout(late, timeoutMs);
  return { feed: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

/** @returns hexadecimal, of the kind that the expected hash is */
function hashOf(path: string, file: RemoteFile): string {
  const isGit = file.hash.length === 40;
  const hash = createHash(isGit ? "sha1" : "sha256");
  // git hashes a blob behind a header of its own
  if (isGit) hash.update(`blob ${sizeOf(path)}\0`);
  const descriptor = openSync(path, "r");
  try {
    const chunk = new Uint8Array(1 << 20);
    for (;;) {
      const count = readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) return hash.digest("hex");
      hash.update(chunk.subarray(0, count));
    }
  } finally {
    closeSync(descriptor);
  }
}

function damaged(url: string, { name, hash }: RemoteFile): DataError {
  return new DataError("hub.checksum", `${name} is not what the hub promised`, {
    expected: `content with the hash ${hash}`,
    got: "another, twice",
    where: url,
    help: "something on the way changes it; nothing of it was kept",
  });
}

function tooLong(url: string, file: RemoteFile, empty: () => void): DataError {
  empty();
  return new DataError("hub.size", `${file.name} is longer than the hub promised`, {
    expected: `${file.byteLength} bytes`,
    got: "more",
    where: url,
  });
}
