/** @file Names of programming languages: one spelling each, whatever the data set calls them. */

/** Other spellings found in data sets, file endings and language tags, by the name used here. */
const otherSpellings: Readonly<Record<string, readonly string[]>> = {
  c: ["ansi c", "c99", "c11"],
  cpp: ["c++", "cc", "cxx", "cplusplus", "c_plus_plus", "c-plus-plus"],
  csharp: ["c#", "cs", "c_sharp", "c-sharp", "c sharp"],
  go: ["golang"],
  java: [],
  javascript: ["js", "jsx", "mjs", "cjs", "ecmascript", "node", "nodejs", "node.js"],
  kotlin: ["kt", "kts"],
  php: ["php5", "php7", "php8"],
  python: ["py", "python2", "python3"],
  ruby: ["rb"],
  rust: ["rs"],
  scala: ["sc"],
  solidity: ["sol"],
  swift: [],
  typescript: ["ts", "tsx", "mts", "cts"],
  vbnet: ["vb", "vb.net", "visual basic .net"],
};

const nameOf = new Map(
  Object.entries(otherSpellings).flatMap(([name, others]) =>
    [name, ...others].map((spelling) => [spelling, name] as const),
  ),
);

/**
 * The one name of a language: `c_sharp`, `C#` and `cs` are `csharp`, `js` is `javascript`. Names not
 * known here pass through in lower case, without white space at the ends.
 */
export function normalizeLanguage(name: string): string {
  const spelling = name.trim().toLowerCase();
  return nameOf.get(spelling) ?? spelling;
}
