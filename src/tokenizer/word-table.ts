/** @file A hash table from byte strings to 0, 1, 2, ...: the encoder's cache and the trainer's word list. */

const firstCapacity = 1 << 12;

/**
 * Numbers distinct byte strings in order of arrival, and keeps their bytes end to end in one array.
 * Open addressing, linear probing, at most half full; no object per word.
 */
export class WordTable {
  /** Number of distinct words. */
  size = 0;
  /** Bytes of all words, end to end, in order of index. */
  bytes = new Uint8Array(firstCapacity * 8);
  /** Word i is `bytes[starts[i]]` up to `bytes[starts[i + 1]]`. */
  starts = new Uint32Array(firstCapacity + 1);
  #hashes = new Int32Array(firstCapacity);
  #slots = new Int32Array(firstCapacity * 2);

  /** Index of the word `source[start..end)`, added when new: then the index is the old `size`. */
  intern(source: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(source, start, end);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, source, start, end)) {
        return entry - 1;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = this.size + 1;
    return this.#append(hash, source, start, end);
  }

  /** Forget every word; the memory is kept. */
  clear(): void {
    this.size = 0;
    this.#slots.fill(0);
  }

  #equals(index: number, source: Uint8Array, start: number, end: number): boolean {
    const own = this.starts[index]!;
    const length = end - start;
    if (this.starts[index + 1]! - own !== length) return false;
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) {
      if (bytes[own + i] !== source[start + i]) return false;
    }
    return true;
  }

  #append(hash: number, source: Uint8Array, start: number, end: number): number {
    const index = this.size++;
    const at = this.starts[index]!;
    const next = at + end - start;
    if (next > this.bytes.length) {
      const larger = new Uint8Array(Math.max(next, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
    }
    for (let i = start; i < end; i++) this.bytes[at + i - start] = source[i]!;
    this.starts[index + 1] = next;
    this.#hashes[index] = hash;
    if (this.size === this.#hashes.length) this.#grow();
    return index;
  }

  #grow(): void {
    const capacity = this.#hashes.length * 2;
    const starts = new Uint32Array(capacity + 1);
    const hashes = new Int32Array(capacity);
    starts.set(this.starts);
    hashes.set(this.#hashes);
    this.starts = starts;
    this.#hashes = hashes;
    this.#slots = new Int32Array(capacity * 2);
    const mask = capacity * 2 - 1;
    for (let index = 0; index < this.size; index++) {
      let slot = hashes[index]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}

/** FNV-1a with a final mix, because the table takes the low bits. */
function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
