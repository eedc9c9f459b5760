/** @file Sets of copies among samples: the same code, the same but for names, nearly the same. */
import { createHash } from "node:crypto";
import {
  type Grammar,
  type Language,
  languages,
  leafTexts,
  leafTokens,
  loadGrammar,
} from "../../syntax/index.ts";
import { deduplicate } from "../corpus/near-duplicates.ts";
import { digestLength, isWordUnit, signatureLength, writeSketch } from "../corpus/sketch.ts";
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

/**
 * Digests that tell renamed copies. Most code has none, which its skeleton shows without a parse; code
 * in which there may be comments, which a skeleton must not hold, is parsed in any case.
 */
async function renamedDigests(samples: readonly LabelledSample[]): Promise<string[]> {
  const grammars = new Map<string, Grammar>();
  for (const language of new Set(samples.map((sample) => sample.language))) {
    if (Object.hasOwn(languages, language)) {
      grammars.set(language, await loadGrammar(language as Language));
    }
  }
  const digests: (string | undefined)[] = samples.map(() => undefined);
  const skeletons = new Uint32Array(samples.length);
  const counts = new Map<number, number>();
  for (const [index, { code, language }] of samples.entries()) {
    const grammar = grammars.get(language);
    if (grammar === undefined) continue;
    const tokens = mayHoldComment(code, language) ? tokensOf(grammar, code) : undefined;
    if (tokens !== undefined) digests[index] = renamedDigest(tokens);
    const skeleton = skeletonOf(tokens?.texts.join(" ") ?? code);
    skeletons[index] = skeleton;
    counts.set(skeleton, (counts.get(skeleton) ?? 0) + 1);
  }
  return samples.map(({ code, language }, index) => {
    const grammar = grammars.get(language);
    if (digests[index] !== undefined) return digests[index];
    if (grammar === undefined || counts.get(skeletons[index]!) === 1) return codeDigest(code);
    const tokens = tokensOf(grammar, code);
    return tokens === undefined ? codeDigest(code) : renamedDigest(tokens);
  });
}

const hasHashComments = new Set(["python", "ruby", "php"]);

/** Right when it says no, in all our languages. */
const mayHoldComment = (code: string, language: string): boolean =>
  (hasHashComments.has(language) ? /#|\/[/*]|__END__/ : /\/[/*]|#!|<!--|-->/).test(code);

/** Parts of names in some language, besides word characters: `empty?`, `@count`, `#count`, `\`a name\``. */
const inNames = new Set([..."@?!#\\`"].map((sign) => sign.charCodeAt(0)));

/** Hash of a text's signs and of where words stand between them: the same however names are changed. */
function skeletonOf(text: string): number {
  let hash = 0x811c9dc5;
  let isInWord = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 0x20 || inNames.has(unit)) continue;
    const isWord = isWordUnit(unit) || unit === 0x24;
    if (!isWord) hash = Math.imul(hash ^ unit, 0x01000193);
    else if (!isInWord) hash = Math.imul(hash ^ 0x77, 0x01000193);
    isInWord = isWord;
  }
  return hash >>> 0;
}

/** What stands before a member: its name is the library's, not the author's. */
const memberSigns = new Set([".", "->", "::", "?.", "&.", "!."]);

/** A code's tokens; undefined when it was not parsed in time. */
function tokensOf(grammar: Grammar, code: string): Tokens | undefined {
  const leaves = leafTokens(grammar, code, { timeoutMs: 1000 });
  if (!leaves.isComplete) return undefined;
  return { texts: leafTexts(code, leaves), isIdentifier: leaves.isIdentifier };
}

interface Tokens {
  readonly texts: readonly string[];
  readonly isIdentifier: Uint8Array;
}

/**
 * Digest of tokens, the k-th name written as k. Names of members and of what is called stay, but for
 * the function's own: `load` is not `safe_load`.
 */
function renamedDigest({ texts, isIdentifier }: Tokens): string {
  const isCalled = (i: number) => texts[i + 1] === "(";
  const ownName = isIdentifier.findIndex((flag, i) => flag === 1 && isCalled(i));
  const own = ownName < 0 ? undefined : texts[ownName];
  const numbers = new Map<string, number>();
  const parts = texts.map((token, i) => {
    const isForeign = token !== own && (isCalled(i) || (i > 0 && memberSigns.has(texts[i - 1]!)));
    if (isIdentifier[i] === 0 || isForeign) return `\u0000${token}`;
    if (!numbers.has(token)) numbers.set(token, numbers.size);
    return `\u0001${numbers.get(token)}`;
  });
  return createHash("sha256").update(parts.join("")).digest("hex");
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
