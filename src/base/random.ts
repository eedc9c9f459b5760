/** @file Seeded random numbers: a resumable stream, and a counter-based hash for masks. */

/** Four 32-bit words: the whole state of a {@link Random}; plain data, so it can be saved and restored. */
export type RandomState = readonly [number, number, number, number];

/**
 * A resumable stream of random numbers: xoshiro128** (Blackman and Vigna 2018), seeded by splitmix32.
 * Same seed, same sequence, on every machine. Not for secrets.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** @param seed any integer; only its low 32 bits count, mixed with each of `streams` in turn */
  constructor(seed: number, ...streams: readonly (number | string)[]) {
    let key = seed >>> 0;
    for (const stream of streams) {
      key = hash32(key, typeof stream === "number" ? stream : hashString(stream));
    }
    this.state = [hash32(key, 1), hash32(key, 2), hash32(key, 3), hash32(key, 4) | 1];
  }

  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  set state([a, b, c, d]: RandomState) {
    this.#a = a >>> 0;
    this.#b = b >>> 0;
    this.#c = c >>> 0;
    this.#d = d >>> 0;
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform float in [0, 1), 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform integer in [0, bound), without modulo bias; bound in [1, 2^32]. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Standard normal, Box-Muller (the cosine branch only, so the stream has no hidden state). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One element of a non-empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Fisher-Yates, in place; returns its argument. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}

/**
 * Counter-based random bits: the murmur3 finaliser over a key and a counter, 32 bits in and out.
 * Stateless, so dropout masks are a pure function of (seed, step, site, position) and resume exactly.
 */
export function hash32(key: number, counter: number): number {
  let h = (Math.imul(counter, 0x9e3779b9) + key) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 code units, 32 bits: turns a name into a stream number. */
export function hashString(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
