/** @file Counts the distinct words of a corpus, split as the encoder splits. */
import { wordEnd } from "./split.ts";
import { Utf8Buffer } from "./utf8-buffer.ts";
import { WordTable } from "./word-table.ts";

/** Distinct words in order of first occurrence. */
export interface WordCounts {
  readonly words: WordTable;
  /** Occurrences by word index. */
  readonly counts: Float64Array;
}

const lineFeed = 0x0a;
const progressBytes = 1 << 20;

/**
 * Count words.
 * @param useLines end each word at a line end, as Hugging Face's training from files does
 * @param onBytes told the UTF-8 bytes read so far, about once per MiB
 */
export function countWords(
  texts: Iterable<string>,
  useLines: boolean,
  onBytes: (done: number) => void = () => {},
): WordCounts {
  const buffer = new Utf8Buffer();
  const words = new WordTable();
  let counts = new Float64Array(1 << 12);
  let done = 0;
  let announced = 0;
  for (const text of texts) {
    const length = buffer.load(text);
    const { bytes } = buffer;
    for (let start = 0; start < length; ) {
      const stop = useLines ? lineEnd(bytes, start, length) : length;
      while (start < stop) {
        const end = wordEnd(bytes, start, stop);
        const index = words.intern(bytes, start, end);
        if (index === counts.length) counts = grown(counts);
        counts[index]!++;
        start = end;
      }
    }
    done += length;
    if (done - announced >= progressBytes) {
      announced = done;
      onBytes(done);
    }
    buffer.trim();
  }
  onBytes(done);
  return { words, counts: counts.subarray(0, words.size) };
}

function lineEnd(bytes: Uint8Array, start: number, length: number): number {
  const at = bytes.indexOf(lineFeed, start);
  return at < 0 || at >= length ? length : at + 1;
}

function grown(counts: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(counts.length * 2);
  larger.set(counts);
  return larger;
}
