/** @file The project's 14,836 labelled samples: every one is obfuscated and restored to the letter. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import {
  analyzeSource,
  extractIdentifiers,
  type Language,
  languages,
  loadGrammar,
  obfuscate,
  restore,
} from "./index.ts";

const path = resolve(import.meta.dirname, "../../../shared/data/vuln/permissive.jsonl.gz");

/** Samples by language, and the number of those that must parse without error, in [0, 1]. */
const expected: Readonly<Record<Language, readonly [samples: number, cleanShare: number]>> = {
  c: [2285, 0.85],
  cpp: [1720, 0.9],
  csharp: [506, 0.9],
  go: [1763, 0.9],
  java: [2246, 0.95],
  javascript: [1640, 0.9],
  kotlin: [8, 0.9],
  php: [1529, 0.95],
  python: [1581, 0.9],
  ruby: [892, 0.85],
  rust: [280, 0.95],
  swift: [336, 0.95],
  typescript: [48, 0.9],
};

function samplesByLanguage(): Map<string, string[]> {
  const samples = new Map<string, string[]>();
  for (const line of gunzipSync(readFileSync(path)).toString("utf8").split("\n")) {
    if (line === "") continue;
    const { language, code } = JSON.parse(line) as { language: string; code: string };
    const known = samples.get(language);
    if (known === undefined) samples.set(language, [code]);
    else known.push(code);
  }
  return samples;
}

describe.runIf(existsSync(path))("labelled samples", () => {
  const samples = existsSync(path) ? samplesByLanguage() : new Map<string, string[]>();

  test("obfuscate: only two samples have no grammar, and they are told", () => {
    const others = [...samples].filter(([language]) => !Object.hasOwn(languages, language));
    expect(others.map(([language, codes]) => [language, codes.length])).toEqual([["scala", 2]]);
  });

  test.each(Object.keys(expected) as Language[])(
    "restore: undoes obfuscate in %s",
    async (language) => {
      const [numSamples, cleanShare] = expected[language];
      const codes = samples.get(language)!;
      const grammar = await loadGrammar(language);
      let numClean = 0;
      for (const code of codes) {
        const { identifiers, hasError } = extractIdentifiers(grammar, code);
        const { text, names } = obfuscate(code, identifiers);
        if (restore(text, names) !== code) throw new Error(`not restored: ${code}`);
        if (!analyzeSource(grammar, code).isComplete) throw new Error(`given up: ${code}`);
        if (!hasError) numClean += 1;
      }
      expect(codes).toHaveLength(numSamples);
      expect(numClean / codes.length).toBeGreaterThan(cleanShare);
    },
  );
});
