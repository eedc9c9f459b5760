import { expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import { type Language, languageOfPath, languages, loadGrammar } from "./index.ts";

test("languageOfPath: by ending whatever its case, by whole name, else undefined", () => {
  const paths = ["a/b.C", "x.h", "x.hpp", "X.CS", "main.go", "A.java", "a.b.mjs", "b.kts", "i.php"];
  expect(paths.map(languageOfPath)).toEqual([
    "c",
    "c",
    "cpp",
    "csharp",
    "go",
    "java",
    "javascript",
    "kotlin",
    "php",
  ]);
  expect(["s.py", "lib/Rakefile", "m.rs", "c\\v.swift", "p.tsx"].map(languageOfPath)).toEqual([
    "python",
    "ruby",
    "rust",
    "swift",
    "typescript",
  ]);
  for (const path of ["README", "a.txt", ".py", "dir.py/file", "", "constructor"]) {
    expect(languageOfPath(path)).toBeUndefined();
  }
});

test("languages: no ending belongs to two", () => {
  const endings = Object.values(languages).flatMap(({ extensions }) => extensions);
  expect(new Set(endings).size).toBe(endings.length);
});

test("languages: every node type a table names is in the grammar", async () => {
  for (const [language, syntax] of Object.entries(languages)) {
    const { dialects } = await loadGrammar(language as Language);
    const types = new Set(dialects.flatMap((dialect) => dialect.types));
    const forms = Object.values(syntax.functions);
    const named = [
      ...[...syntax.identifiers, ...syntax.comments, ...syntax.literals, ...syntax.classes],
      ...[...(syntax.wrappers ?? []), ...(syntax.attachments ?? []), ...(syntax.freeNames ?? [])],
      ...[...(syntax.classNames ?? []), ...Object.keys(syntax.functions)],
      ...forms.flatMap(({ names, stops, bodies = [] }) => [...names, ...stops, ...bodies]),
      ...forms.flatMap(({ declarators = [], statements = [] }) => [...declarators, ...statements]),
    ];
    expect({ language, unknown: named.filter((type) => !types.has(type)) }).toEqual({
      language,
      unknown: [],
    });
  }
});

test("loadGrammar: one promise per language, and a clear refusal of others", async () => {
  expect(loadGrammar("go")).toBe(loadGrammar("go"));
  const refused = loadGrammar("scala" as Language);
  await expect(refused).rejects.toThrow(DataError);
  await expect(refused).rejects.toThrow('no grammar for "scala"');
  await expect(loadGrammar("constructor" as Language)).rejects.toThrow(DataError);
});
