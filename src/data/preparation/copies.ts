/** @file Sets of copies among samples: the same code, the same but for names, nearly the same. */
import { createHash } from "node:crypto";
import {
  type Grammar,
  type Language,
  languages,
  leafTokens,
  loadGrammar,
} from "../../syntax/index.ts";
import { deduplicate } from "../corpus/near-duplicates.ts";
import { digestLength, signatureLength, writeSketch } from "../corpus/sketch.ts";
import { codeDigest } from "../duplicates.ts";
import type { LabelledSample } from "../labelled-samples.ts";

/** How alike copies are; each level includes the ones before it. */
export type CopyLevel = "exact" | "renamed" | "near";

/** The levels, the strictest first. */
export const copyLevels: readonly CopyLevel[] = ["exact", "renamed", "near"];

/** Share of 5-grams of tokens that near copies have in common, unless told. */
export const defaultNearness = 0.85;

/**
 * Find sets of copies: `exact` apart from white space; `renamed` apart from names too, each name
 * standing for itself throughout (names of members and of what is called stay); `near` when most 5-grams of tokens are shared (estimated by MinHash).
 * A language without a grammar has no renamed copies. Sets grow along chains.
 * @param nearness share of 5-grams in common, in (0, 1]
 * @returns per sample the index of the first one of its set
 */
export async function copySets(
  samples: readonly LabelledSample[],
  level: CopyLevel,
  nearness = defaultNearness,
): Promise<Uint32Array> {
  if (level === "near") return nearSets(samples, nearness);
  if (level === "exact") return setsOf(samples.map(({ code }) => codeDigest(code)));
  return setsOf(await renamedDigests(samples));
}

function setsOf(keys: readonly string[]): Uint32Array {
  const first = new Map<string, number>();
  return Uint32Array.from(keys, (key, index) => {
    const known = first.get(key);
    if (known === undefined) first.set(key, index);
    return known ?? index;
  });
}

async function renamedDigests(samples: readonly LabelledSample[]): Promise<string[]> {
  const grammars = new Map<string, Grammar>();
  for (const language of new Set(samples.map((sample) => sample.language))) {
    if (Object.hasOwn(languages, language)) {
      grammars.set(language, await loadGrammar(language as Language));
    }
  }
  return samples.map(({ code, language }) => {
    const grammar = grammars.get(language);
    return (grammar && renamedDigest(grammar, code)) ?? codeDigest(code);
  });
}

/** What stands before a member: its name is the library's, not the author's. */
const memberSigns = new Set([".", "->", "::", "?.", "&.", "!."]);

/**
 * Digest of a code's tokens, its k-th name written as k; undefined when it was not parsed. Names of
 * members and of what is called stay, but for the function's own: `load` is not `safe_load`.
 */
function renamedDigest(grammar: Grammar, code: string): string | undefined {
  const { ranges, isIdentifier, isComplete } = leafTokens(grammar, code, { timeoutMs: 1000 });
  if (!isComplete) return undefined;
  const tokenAt = (i: number) => code.slice(ranges[2 * i], ranges[2 * i + 1]);
  const isCalled = (i: number) => i + 1 < isIdentifier.length && tokenAt(i + 1) === "(";
  const ownName = isIdentifier.findIndex((flag, i) => flag === 1 && isCalled(i));
  const own = ownName < 0 ? undefined : tokenAt(ownName);
  const numbers = new Map<string, number>();
  const hash = createHash("sha256");
  for (let i = 0; i < isIdentifier.length; i++) {
    const token = tokenAt(i);
    const isForeign = token !== own && (isCalled(i) || (i > 0 && memberSigns.has(tokenAt(i - 1))));
    if (isIdentifier[i] === 0 || isForeign) {
      hash.update(`\u0000${token}`);
      continue;
    }
    if (!numbers.has(token)) numbers.set(token, numbers.size);
    hash.update(`\u0001${numbers.get(token)}`);
  }
  return hash.digest("hex");
}

async function nearSets(samples: readonly LabelledSample[], nearness: number) {
  const numFunctions = samples.length;
  const signatures = new Uint8Array(numFunctions * signatureLength);
  const digests = new Uint32Array(numFunctions * 2);
  const sketch = Buffer.alloc(digestLength + signatureLength);
  for (const [index, { code }] of samples.entries()) {
    writeSketch(code, sketch);
    digests[2 * index] = sketch.readUInt32LE(0);
    digests[2 * index + 1] = sketch.readUInt32LE(4);
    signatures.set(sketch.subarray(digestLength), index * signatureLength);
  }
  const sketches = {
    numFunctions,
    signatureLength,
    signatures,
    digests,
    groups: new Uint32Array(0),
    languages: new Uint8Array(0),
    hasDocstring: new Uint8Array(numFunctions),
  };
  return (await deduplicate(sketches, nearness))!.setOf;
}
