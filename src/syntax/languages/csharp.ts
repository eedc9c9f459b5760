/** @file C#: XML documentation. */
import type { LanguageSyntax } from "../language-syntax.ts";

const bodies = ["block", "arrow_expression_clause"];
const stops = ["parameter_list", ...bodies];

export const csharp: LanguageSyntax = {
  extensions: [".cs", ".csx"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-c_sharp.wasm"],
  identifiers: ["identifier"],
  reservedWords: ["var", "dynamic", "global", "_", "this", "base"],
  functions: {
    method_declaration: { kind: "method", names: ["identifier"], stops, bodies },
    local_function_statement: { kind: "function", names: ["identifier"], stops, bodies },
    constructor_declaration: { kind: "constructor", names: ["identifier"], stops, bodies },
    destructor_declaration: { kind: "method", names: ["identifier"], stops, bodies },
    operator_declaration: { kind: "method", names: ["operator"], stops, bodies },
    conversion_operator_declaration: { kind: "method", names: ["operator"], stops, bodies },
  },
  classes: ["declaration_list"],
  comments: ["comment"],
  attachments: ["attribute_list"],
  literals: [
    "string_literal",
    "verbatim_string_literal",
    "raw_string_literal",
    "character_literal",
    "interpolated_string_expression",
  ],
  docComments: { lines: ["///"], blocks: ["/**"], exceptions: ["////", "/**/"], markup: "xml" },
};
