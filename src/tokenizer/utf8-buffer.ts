/** @file A reusable buffer that turns texts into UTF-8. */

const smallBytes = 1 << 16;
/** A larger buffer is dropped by {@link Utf8Buffer.trim}. */
const maxKeptBytes = 1 << 22;

/** Holds the UTF-8 of one text at a time. */
export class Utf8Buffer {
  /** The first bytes are the text last loaded. */
  bytes = new Uint8Array(smallBytes);
  readonly #encoder = new TextEncoder();

  /**
   * Load a text; lone surrogates become U+FFFD, which is one UTF-16 unit as well.
   * @returns its length in bytes
   */
  load(text: string): number {
    const most = text.length * 3;
    if (most > this.bytes.length) {
      const needed = most > smallBytes ? Buffer.byteLength(text) : most;
      if (needed > this.bytes.length) this.bytes = new Uint8Array(needed);
    }
    return this.#encoder.encodeInto(text, this.bytes).written;
  }

  /** Give a very long text's memory back. */
  trim(): void {
    if (this.bytes.length > maxKeptBytes) this.bytes = new Uint8Array(smallBytes);
  }
}
