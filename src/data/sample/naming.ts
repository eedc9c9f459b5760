/** @file Identifiers: letter case per language, plurals, and a pool that never hands out a name twice. */

/** How a language writes a name of several words. */
export type Casing = "camel" | "pascal" | "snake";

const casings: Readonly<Record<Casing, (name: string) => string>> = {
  camel: (name) => name,
  pascal: (name) => capitalise(name),
  snake: (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
};

/** @param name in lower camel case */
export const applyCasing = (name: string, casing: Casing): string => casings[casing](name);

/** First letter upper case. */
export function capitalise(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Words to lower camel case: `joinWords("open", "order")` is `openOrder`. */
export function joinWords(first: string, ...rest: readonly string[]): string {
  return first + rest.map(capitalise).join("");
}

/** English plural of a regular noun. */
export function plural(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** A lower camel name as English words: `openOrders` is `open orders`. */
export const spokenName = (name: string): string => applyCasing(name, "snake").replaceAll("_", " ");
