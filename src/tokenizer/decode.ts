/** @file Ids to text: token bytes joined, invalid UTF-8 shown as U+FFFD. */
import { DataError } from "../base/index.ts";
import { tokenToBytes } from "./byte-alphabet.ts";

/** Bytes of every id, end to end: id i is `bytes[starts[i]]` up to `bytes[starts[i + 1]]`. */
export interface TokenBytes {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
}

/** A token whose characters are all in the byte alphabet stands for those bytes, another for its UTF-8. */
export function layOutTokenBytes(tokens: readonly (string | undefined)[]): TokenBytes {
  const encoder = new TextEncoder();
  const starts = new Uint32Array(tokens.length + 1);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let id = 0; id < tokens.length; id++) {
    const token = tokens[id];
    if (token !== undefined) {
      const part = tokenToBytes(token) ?? encoder.encode(token);
      parts.push(part);
      at += part.length;
    }
    starts[id + 1] = at;
  }
  return { bytes: Buffer.concat(parts, at), starts };
}

/**
 * Bytes of a sequence; ids without a token are left out, as Hugging Face does.
 * @throws DataError `tokenizer.id` for an id that is not a non-negative integer
 */
export function joinTokenBytes(
  { bytes, starts }: TokenBytes,
  ids: ArrayLike<number>,
  isSkipped: (id: number) => boolean,
): Uint8Array {
  const numIds = starts.length - 1;
  let length = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = checkedId(ids[i]);
    if (id < numIds && !isSkipped(id)) length += starts[id + 1]! - starts[id]!;
  }
  const joined = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id >= numIds || isSkipped(id)) continue;
    for (let k = starts[id]!; k < starts[id + 1]!; k++) joined[at++] = bytes[k]!;
  }
  return joined;
}

/** @throws DataError `tokenizer.id` for an id that is not a non-negative integer */
export function checkedId(id: unknown): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0) return id;
  throw new DataError("tokenizer.id", "cannot decode an id", {
    expected: "non-negative integers",
    got: String(id),
    help: "labels use -100 for padding: filter it out before decoding",
  });
}
