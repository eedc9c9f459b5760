/**
 * @file The files of a shard, little-endian.
 *
 * `NNNNN.tokens`: per function its docstring's token ids, its code's token ids (2 or 4 bytes each),
 * then its identifiers: LEB128 numbers, for each the characters since the end of the one before and
 * its length; a pad byte where ids are to stay aligned.
 * `NNNNN.index`: per function {@link rowWords} words of 4 bytes, see {@link column}.
 * `NNNNN.files.jsonl`: per source file a line {@link ShardFile}.
 */

/** Places in a row of the index, in words. */
export const column = {
  /** Byte in `.tokens` where the function begins. */
  offset: 0,
  /** Token ids of docstring and code. */
  docstringTokens: 1,
  codeTokens: 2,
  /** Identifiers, and the bytes they take. */
  identifiers: 3,
  identifierBytes: 4,
  /** Leaves of the syntax tree; the share of identifiers is told of these. */
  leaves: 5,
  /** Bytes `[start, end)` in the source file. */
  byteStart: 6,
  byteEnd: 7,
  /** Byte in `.files.jsonl` where the line of its file begins, and the line's length without `\n`. */
  fileOffset: 8,
  fileLength: 9,
  /** Language in the low byte, split in the next. */
  kind: 10,
} as const;

/** Words of a row. */
export const rowWords = 11;
/** Bytes of a row. */
export const rowBytes = rowWords * 4;

/** A line of `.files.jsonl`: one source file of which functions were kept. */
export interface ShardFile {
  readonly path: string;
  readonly group: string;
  readonly language: string;
  /** SPDX name; null when none was found. */
  readonly license: string | null;
  readonly bytes: number;
  readonly sha256: string;
}

/** Number of bytes that {@link writeIdentifiers} may need at most. */
export function maxIdentifierBytes(identifiers: ArrayLike<number>): number {
  return identifiers.length * 5;
}

/**
 * Pack start and end pairs, ascending.
 * @returns the place after the last byte
 */
export function writeIdentifiers(
  identifiers: ArrayLike<number>,
  bytes: Uint8Array,
  start: number,
): number {
  let at = start;
  let last = 0;
  for (let i = 0; i < identifiers.length; i++) {
    let rest = identifiers[i]! - last;
    last = identifiers[i]!;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
  }
  return at;
}

/** Unpack what {@link writeIdentifiers} wrote; a damaged file gives other numbers, never a hang. */
export function readIdentifiers(bytes: Uint8Array, start: number, numPairs: number): Int32Array {
  const identifiers = new Int32Array(numPairs * 2);
  let at = start;
  let last = 0;
  for (let i = 0; i < identifiers.length; i++) {
    let value = 0;
    for (let shift = 0; at < bytes.length && shift < 32; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    last += value;
    identifiers[i] = last;
  }
  return identifiers;
}
