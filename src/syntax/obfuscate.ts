/** @file Obfuscation: every distinct identifier becomes one sentinel, and back. */

/** A sentinel as it stands in text; numbers are written as `String` writes them. */
const sentinelPattern = /<extra_id_(0|[1-9]\d{0,8})>/g;

/** What `restore` needs: the text with sentinels, and what each stands for. */
export interface Obfuscated {
  readonly text: string;
  /** By sentinel number; "" for a number the source itself spells out, which stands for itself. */
  readonly names: readonly string[];
}

/**
 * Replace each distinct identifier by `<extra_id_k>` at all its places, k counting first
 * occurrences from 0. Identifiers beyond the first `limit` numbers stay.
 * A number whose sentinel the source itself contains is left out, so that `restore` is exact.
 * Wang et al. 2021 (CodeT5) §3.2, masked identifier prediction; more than 100 is unspecified there.
 * @param identifiers start, end pairs in UTF-16 offsets, ascending, not overlapping
 * @param options.limit sentinels to use, 100 by default: what CodeT5's vocabulary has
 */
export function obfuscate(
  source: string,
  identifiers: Int32Array,
  options: { readonly limit?: number } = {},
): Obfuscated {
  const taken = new Set([...source.matchAll(sentinelPattern)].map((match) => Number(match[1])));
  const limit = options.limit ?? 100;
  const names: string[] = [];
  const sentinelOf = new Map<string, string>();
  const pieces: string[] = [];
  let position = 0;
  for (let i = 0; i < identifiers.length; i += 2) {
    const name = source.slice(identifiers[i], identifiers[i + 1]);
    const sentinel = sentinelOf.get(name) ?? nextSentinel(name);
    if (sentinel === undefined) continue;
    pieces.push(source.slice(position, identifiers[i]), sentinel);
    position = identifiers[i + 1]!;
  }
  pieces.push(source.slice(position));
  return { text: pieces.join(""), names };

  function nextSentinel(name: string): string | undefined {
    while (taken.has(names.length) && names.length < limit) names.push("");
    if (names.length >= limit || name === "") return undefined;
    const sentinel = `<extra_id_${names.length}>`;
    sentinelOf.set(name, sentinel);
    names.push(name);
    return sentinel;
  }
}

/** The exact inverse of `obfuscate`: sentinels that have a name become it, others stay. */
export function restore(text: string, names: readonly string[]): string {
  return text.replace(sentinelPattern, (sentinel, number) => names[Number(number)] || sentinel);
}
