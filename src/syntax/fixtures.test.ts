/** @file Hand-checked lists of identifiers: every occurrence in one file of ours per language, and nothing else. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { extractIdentifiers, type Language, languages, loadGrammar } from "./index.ts";

const read = (name: string) => readFileSync(join(import.meta.dirname, "fixtures", name), "utf8");

/** Lines with identifiers, as the lists have them: `12: name | other`. */
function identifiersByLine(source: string, pairs: Int32Array): string {
  const byLine = new Map<number, string[]>();
  for (let i = 0; i < pairs.length; i += 2) {
    const line = source.slice(0, pairs[i]).split("\n").length;
    const names = byLine.get(line) ?? [];
    byLine.set(line, [...names, source.slice(pairs[i], pairs[i + 1])]);
  }
  return [...byLine].map(([line, names]) => `${line}: ${names.join(" | ")}\n`).join("");
}

describe.each(Object.keys(languages) as Language[])("%s", (language) => {
  test("extractIdentifiers: all of the fixture's identifiers and nothing else", async () => {
    const source = read(`${language}.txt`);
    const grammar = await loadGrammar(language);
    const { hasError, identifiers } = extractIdentifiers(grammar, source);
    expect(hasError).toBe(false);
    expect(identifiers.length / 2).toBeGreaterThanOrEqual(40);
    expect(identifiersByLine(source, identifiers)).toBe(read(`${language}.identifiers.txt`));
  });
});
