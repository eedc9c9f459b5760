/** @file Digests that say which data a run saw. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { fileError } from "../base/index.ts";

/**
 * SHA-256 of a file's bytes as they lie on disk (a packed file is not unpacked), streamed.
 * @returns 64 lower-case hexadecimal digits, as `sha256sum` prints
 * @throws DataError `file.missing`, `file.unreadable`
 */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  } catch (cause) {
    throw fileError(path, cause);
  }
  return hash.digest("hex");
}

/** SHA-256 of a text's UTF-8 bytes, 64 lower-case hexadecimal digits. */
export function digestOfText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
