/** @file Python: PEP 257 docstrings. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

export const python: LanguageSyntax = {
  extensions: [".py", ".pyi", ".pyw"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-python.wasm"],
  identifiers: ["identifier"],
  reservedWords: words(
    "False None True and as assert async await break class continue def del elif else " +
      "except finally for from global if import in is lambda nonlocal not or pass raise " +
      "return try while with yield",
  ),
  functions: {
    function_definition: {
      kind: "function",
      names: ["identifier"],
      stops: ["type_parameter", "parameters"],
      bodies: ["block"],
    },
  },
  classes: ["class_definition"],
  constructorNames: ["__init__"],
  comments: ["comment"],
  wrappers: ["decorated_definition"],
  literals: ["string"],
  docComments: { lines: [], blocks: [], markup: "docstring" },
};
