/** @file `codet5 syntax`: the functions and identifiers of a source file, or the file obfuscated. */
import { z } from "zod";
import { DataError, readTextFile, UsageError } from "../../base/index.ts";
import {
  analyzeSource,
  extractIdentifiers,
  type Grammar,
  languageNames,
  languageOfPath,
  loadGrammar,
  obfuscate,
} from "../../syntax/index.ts";
import { lineCounter } from "../line-counter.ts";
import { formatTable } from "../table.ts";
import { defineVerb, type Result } from "../verb.ts";

/** Nothing longer is parsed, whatever its characters. */
const maxBytes = 8 * 2 ** 20;

/** What may be shown, one at a time. */
const views = { functions: showFunctions, identifiers: showIdentifiers, obfuscate: showObfuscated };

export const verb = defineVerb({
  arguments: ["file"],
  options: z.strictObject({
    file: z.string().meta({ description: "source file, UTF-8" }),
    language: z.enum(languageNames).optional().meta({
      description: "language of the file",
      defaultText: "by the file's name",
    }),
    functions: z.boolean().default(false).meta({ description: "list functions, the default" }),
    identifiers: z.boolean().default(false).meta({ description: "list identifiers" }),
    obfuscate: z.boolean().default(false).meta({
      description: "print the file with a sentinel for each identifier, the first 100",
    }),
  }),
  examples: [
    { command: "codet5 syntax Main.java", text: "its functions with their documentation" },
    { command: "codet5 syntax main.go --identifiers --json", text: "identifiers, all occurrences" },
    { command: "codet5 syntax snippet.txt --language c --obfuscate", text: "sentinels for names" },
  ],
  async run({ options }) {
    const { file } = options;
    const wanted = (["functions", "identifiers", "obfuscate"] as const).filter(
      (view) => options[view],
    );
    if (wanted.length > 1) {
      const got = wanted.map((view) => `--${view}`).join(" and ");
      throw new UsageError("usage.view", "more than one view", { expected: "one of them", got });
    }
    const language = options.language ?? languageOfPath(file);
    if (language === undefined) {
      const help = `give --language, one of ${languageNames.join(", ")}`;
      throw new UsageError("syntax.language", "no language known by this name", {
        got: file,
        help,
      });
    }
    const source = readTextFile(file, maxBytes);
    const grammar = await loadGrammar(language);
    const { json, text = "" } = views[wanted[0] ?? "functions"](grammar, source, file);
    return { json: { file, language, ...json }, text };
  },
});

/** @throws DataError when parsing was given up */
function mustBeComplete(isComplete: boolean, file: string): void {
  if (isComplete) return;
  const expected = "at most 2 Mi characters, parsed in 10 s";
  throw new DataError("syntax.bounds", "too long to be parsed", { expected, where: file });
}

function showFunctions(grammar: Grammar, source: string, file: string): Result {
  const { functions, hasError, isComplete } = analyzeSource(grammar, source);
  mustBeComplete(isComplete, file);
  const lineOf = lineCounter(source);
  const listed = functions.map(({ identifiers, ...one }) => {
    return { ...one, line: lineOf(one.start), numIdentifiers: identifiers.length / 2 };
  });
  const rows = listed.map((one) => [
    one.line,
    one.kind,
    one.name,
    one.numTokens,
    one.numIdentifiers,
    one.hasError ? "broken" : "",
    one.docstring.split("\n", 1)[0],
  ]);
  const headers = ["line", "kind", "name", "tokens", "identifiers", "", "documentation"];
  return { json: { hasError, functions: listed }, text: formatTable(headers, rows) };
}

function showIdentifiers(grammar: Grammar, source: string, file: string): Result {
  const { identifiers, hasError, isComplete } = extractIdentifiers(grammar, source);
  mustBeComplete(isComplete, file);
  const ranges = new Map<string, [number, number][]>();
  for (let i = 0; i < identifiers.length; i += 2) {
    const range: [number, number] = [identifiers[i]!, identifiers[i + 1]!];
    const name = source.slice(...range);
    const known = ranges.get(name);
    if (known === undefined) ranges.set(name, [range]);
    else known.push(range);
  }
  const lineOf = lineCounter(source);
  const rows = [...ranges].map(([name, places]) => [name, places.length, lineOf(places[0]![0])]);
  const listed = [...ranges].map(([name, places]) => ({ name, ranges: places }));
  const headers = ["identifier", "occurrences", "first line"];
  return { json: { hasError, identifiers: listed }, text: formatTable(headers, rows) };
}

function showObfuscated(grammar: Grammar, source: string, file: string): Result {
  const { identifiers, hasError, isComplete } = extractIdentifiers(grammar, source);
  mustBeComplete(isComplete, file);
  const { text, names } = obfuscate(source, identifiers);
  return { json: { hasError, text, names }, text };
}
