/** @file UTF-16 offsets to UTF-8 offsets, in one pass over ascending positions. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for
const asciiOnly = /^[\x00-\x7f]*$/;

/** UTF-8 offsets of UTF-16 offsets; a lone surrogate counts three bytes, as U+FFFD. */
export function byteOffsets(source: string, positions: readonly number[]): Map<number, number> {
  if (asciiOnly.test(source)) return new Map(positions.map((position) => [position, position]));
  const offsets = new Map<number, number>();
  let from = 0;
  let bytes = 0;
  for (const position of [...positions].sort((a, b) => a - b)) {
    bytes += Buffer.byteLength(source.slice(from, position));
    from = position;
    offsets.set(position, bytes);
  }
  return offsets;
}
