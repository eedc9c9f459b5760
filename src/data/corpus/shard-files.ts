/** @file The files of shards: opened when first read, checked against the manifest. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { DataError, fileError } from "../../base/index.ts";
import type { FileDigest } from "./manifest.ts";

/** Files opened when first read, closed together. */
export function openFiles() {
  const open = new Map<string, number>();
  return {
    /** @throws DataError `corpus.shard` when the file is too short */
    read(path: string, offset: number, length: number): Uint8Array<ArrayBuffer> {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const got = readSync(this.fileOf(path), bytes, done, length - done, offset + done);
        if (got === 0) throw damaged(path, `${offset + length} bytes`, `${offset + done}`);
        done += got;
      }
      return bytes;
    },
    fileOf(path: string): number {
      const known = open.get(path);
      if (known !== undefined) return known;
      try {
        const file = openSync(path, "r");
        open.set(path, file);
        return file;
      } catch (cause) {
        throw fileError(path, cause);
      }
    },
    close() {
      for (const file of open.values()) closeSync(file);
      open.clear();
    },
  };
}

/** See {@link openFiles}. */
export type OpenFiles = ReturnType<typeof openFiles>;

/** The error for a shard that is not what the manifest says. */
export function damaged(where: string, expected: string, got: string): DataError {
  return new DataError("corpus.shard", "a shard of the corpus is damaged", {
    expected,
    got,
    where,
    help: "copy the file again, or build the corpus again",
  });
}

const digestChunkBytes = 1 << 23;

/**
 * Check size and, if asked, digest.
 * @throws DataError `corpus.shard`, `file.missing`, `file.unreadable`
 */
export function checkFile(
  files: OpenFiles,
  path: string,
  { bytes, sha256 }: FileDigest,
  isDigested: boolean,
): void {
  const size = sizeOf(path);
  if (size !== bytes) throw damaged(path, `${bytes} bytes`, `${size} bytes`);
  if (!isDigested) return;
  const hash = createHash("sha256");
  for (let at = 0; at < bytes; at += digestChunkBytes) {
    hash.update(files.read(path, at, Math.min(digestChunkBytes, bytes - at)));
  }
  const digest = hash.digest("hex");
  if (digest !== sha256) throw damaged(path, `SHA-256 ${sha256}`, digest);
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw fileError(path, cause);
  }
}
