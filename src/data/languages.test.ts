import { expect, test } from "vitest";
import { normalizeLanguage } from "./languages.ts";

test("normalizeLanguage: other spellings become the one name", () => {
  const spellings = ["c_sharp", "cs", "C#", " js ", "C++", "golang", "Kt", "TSX", "py", "rb", "rs"];
  expect(spellings.map(normalizeLanguage)).toEqual(
    "csharp csharp csharp javascript cpp go kotlin typescript python ruby rust".split(" "),
  );
});

test("normalizeLanguage: names it does not know pass through in lower case", () => {
  expect(["Solidity", "apex", "constructor", "__proto__"].map(normalizeLanguage)).toEqual(
    ["solidity", "apex", "constructor", "__proto__"], //
  );
});

test("normalizeLanguage: applied twice is applied once", () => {
  for (const name of ["c", "h", "vb.net", "node", "c#", "objective-c"]) {
    expect(normalizeLanguage(normalizeLanguage(name))).toBe(normalizeLanguage(name));
  }
});
