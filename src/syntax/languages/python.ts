/** @file Python: PEP 257 docstrings. */
import type { LanguageSyntax } from "../language-syntax.ts";

export const python: LanguageSyntax = {
  extensions: [".py", ".pyi", ".pyw"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-python.wasm"],
  identifiers: ["identifier"],
  reservedWords: [],
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
