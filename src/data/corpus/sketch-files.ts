/** @file The sketches of all mined functions, in memory, a few dozen bytes each. */
import { readFileSync } from "node:fs";
import { fileError } from "../../base/index.ts";
import { sketchPath, sketchRowBytes } from "./mine-unit.ts";
import { digestLength, signatureLength as fullLength } from "./sketch.ts";

/** Signatures take at most this much; of more than eight million functions they are shortened. */
const maxSignatureBytes = 512 * 2 ** 20;

/** Columns over all functions, in the order of the plan. */
export interface Sketches {
  readonly numFunctions: number;
  /** Bytes kept of each signature. */
  readonly signatureLength: number;
  readonly signatures: Uint8Array;
  /** Two words a function. */
  readonly digests: Uint32Array;
  readonly groups: Uint32Array;
  readonly languages: Uint8Array;
  readonly hasDocstring: Uint8Array;
}

/**
 * Read the sketches of every unit.
 * @param unitSizes functions in each unit
 * @throws DataError `file.missing`, `file.unreadable`
 */
export function readSketches(work: string, unitSizes: readonly number[]): Sketches {
  const numFunctions = unitSizes.reduce((total, size) => total + size, 0);
  const fitting = Math.floor(maxSignatureBytes / Math.max(1, numFunctions));
  const signatureLength = Math.max(1, Math.min(fullLength, fitting));
  const sketches = {
    numFunctions,
    signatureLength,
    signatures: new Uint8Array(numFunctions * signatureLength),
    digests: new Uint32Array(numFunctions * 2),
    groups: new Uint32Array(numFunctions),
    languages: new Uint8Array(numFunctions),
    hasDocstring: new Uint8Array(numFunctions),
  };
  let first = 0;
  for (const [unit, size] of unitSizes.entries()) {
    fill(sketches, readBytes(sketchPath(work, unit)), first, size);
    first += size;
  }
  return sketches;
}

function fill(sketches: Sketches, bytes: Buffer, first: number, size: number): void {
  const { signatureLength, signatures, digests, groups, languages, hasDocstring } = sketches;
  for (let row = 0; row < size; row++) {
    const at = row * sketchRowBytes;
    const i = first + row;
    digests[2 * i] = bytes.readUInt32LE(at);
    digests[2 * i + 1] = bytes.readUInt32LE(at + 4);
    const signature = at + digestLength;
    signatures.set(bytes.subarray(signature, signature + signatureLength), i * signatureLength);
    const rest = signature + fullLength;
    groups[i] = bytes.readUInt32LE(rest);
    languages[i] = bytes[rest + 4]!;
    hasDocstring[i] = bytes[rest + 5]!;
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileError(path, cause);
  }
}
