/** @file JavaScript with JSX: JSDoc. */

import type { FunctionForm, LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

const bound: FunctionForm = {
  kind: "function",
  names: [
    "identifier",
    "property_identifier",
    "private_property_identifier",
    "string",
    "member_expression",
  ],
  paths: ["member_expression"],
  stops: ["=", ":"],
  bodies: ["statement_block"],
  bindings: [
    "variable_declarator",
    "assignment_expression",
    "pair",
    "field_definition",
    "public_field_definition",
  ],
  statements: ["lexical_declaration", "variable_declaration", "expression_statement"],
};

const declared: FunctionForm = {
  kind: "function",
  names: ["identifier"],
  stops: ["formal_parameters"],
  bodies: ["statement_block"],
};

/** Reserved in strict code; `async`, `of`, `get` and the like are not. */
export const ecmascriptWords = words(
  "await break case catch class const continue debugger default delete do else enum " +
    "export extends false finally for function if import in instanceof let new null return " +
    "static super switch this throw true try typeof undefined var void while with yield",
);

/** What JavaScript and TypeScript share. */
export const ecmascript = {
  functions: {
    function_declaration: declared,
    generator_function_declaration: declared,
    arrow_function: bound,
    function_expression: bound,
    generator_function: bound,
    method_definition: {
      kind: "method",
      names: [
        "property_identifier",
        "private_property_identifier",
        "computed_property_name",
        "string",
        "number",
      ],
      stops: ["formal_parameters"],
      bodies: ["statement_block"],
    },
  },
  freeNames: ["property_identifier"],
  wraps: [["class Wrap {\n", "\n}"]],
  classes: ["class_body"],
  constructorNames: ["constructor"],
  comments: ["comment", "html_comment"],
  literals: ["string", "template_string", "regex"],
  docComments: { lines: [], blocks: ["/**"], exceptions: ["/**/"], markup: "tags" },
} as const satisfies Partial<LanguageSyntax>;

export const javascript: LanguageSyntax = {
  ...ecmascript,
  extensions: [".js", ".cjs", ".mjs", ".jsx"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-javascript.wasm"],
  identifiers: [
    "identifier",
    "private_property_identifier",
    "property_identifier",
    "shorthand_property_identifier",
    "shorthand_property_identifier_pattern",
    "statement_identifier",
  ],
  reservedWords: ecmascriptWords,
  wrappers: ["export_statement"],
  attachments: ["decorator"],
};
