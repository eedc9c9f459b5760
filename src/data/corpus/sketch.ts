/** @file Sketches of functions: an exact digest and a MinHash signature over their tokens. */
import { createHash } from "node:crypto";
import { hash32 } from "../../base/index.ts";

/** Hash functions of a signature; each leaves one byte. */
export const signatureLength = 64;
/** Bytes of the exact digest. */
export const digestLength = 8;
/** Tokens that are hashed together. */
const shingleLength = 5;

const factors = Int32Array.from({ length: signatureLength }, (_, i) => hash32(0x5eed, 2 * i) | 1);
const offsets = Int32Array.from({ length: signatureLength }, (_, i) => hash32(0x5eed, 2 * i + 1));

/** Reused between functions: sketches are made one at a time. */
const minima = new Int32Array(signatureLength);
let tokens = new Int32Array(1 << 12);

/**
 * Write a function's sketch: 8 bytes of SHA-256 of its tokens, then 64 bytes that agree with those
 * of another function in about the share of 5-grams of tokens the two have in common
 * (Broder 1997; one byte of each minimum, as b-bit minwise hashing, Li and König 2010, 8 bits).
 * White space counts for nothing; a token is a run of word characters, or any other character.
 * @param sketch receives {@link digestLength} + {@link signatureLength} bytes
 */
export function writeSketch(code: string, sketch: Uint8Array): void {
  const numTokens = hashTokens(code);
  const bytes = new Uint8Array(tokens.buffer, 0, numTokens * 4);
  sketch.set(createHash("sha256").update(bytes).digest().subarray(0, digestLength));
  minima.fill(0x7fffffff);
  const numShingles = Math.max(1, numTokens - shingleLength + 1);
  for (let at = 0; at < numShingles; at++) {
    let shingle = 0;
    for (let k = at; k < Math.min(at + shingleLength, numTokens); k++) {
      shingle = Math.imul(shingle ^ tokens[k]!, 0x9e3779b1);
      shingle ^= shingle >>> 15;
    }
    // the multiplications below keep an order that is in their input
    shingle = hash32(shingle, 0x51);
    for (let i = 0; i < signatureLength; i++) {
      const value = (Math.imul(shingle, factors[i]!) + offsets[i]!) | 0;
      if (value < minima[i]!) minima[i] = value;
    }
  }
  for (let i = 0; i < signatureLength; i++) sketch[digestLength + i] = hash32(minima[i]!, i) & 0xff;
}

/** FNV-1a of every token into `tokens`. */
function hashTokens(code: string): number {
  let numTokens = 0;
  let hash = 0;
  let isInWord = false;
  for (let i = 0; i <= code.length; i++) {
    const unit = i < code.length ? code.charCodeAt(i) : 0x20;
    const isWord = isWordUnit(unit);
    if (isInWord && !isWord) {
      numTokens = push(numTokens, hash);
      isInWord = false;
    }
    if (isWord) {
      hash = Math.imul((isInWord ? hash : 0x811c9dc5) ^ unit, 0x01000193);
      isInWord = true;
    } else if (unit > 0x20) numTokens = push(numTokens, hash32(0x70, unit));
  }
  return numTokens;
}

/** Letters, digits, the low line, and whatever is not ASCII, by UTF-16 unit. */
export function isWordUnit(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x5f ||
    unit >= 0x80
  );
}

function push(numTokens: number, hash: number): number {
  if (numTokens === tokens.length) {
    const larger = new Int32Array(tokens.length * 2);
    larger.set(tokens);
    tokens = larger;
  }
  tokens[numTokens] = hash;
  return numTokens + 1;
}
