/** @file JavaScript with JSX: JSDoc. */
import type { FunctionForm, LanguageSyntax } from "../language-syntax.ts";

const declared: FunctionForm = {
  kind: "function",
  names: ["identifier"],
  stops: ["formal_parameters", "type_parameters"],
  bodies: ["statement_block"],
};

/** What JavaScript and TypeScript share. */
export const ecmascript = {
  functions: {
    function_declaration: declared,
    generator_function_declaration: declared,
    method_definition: {
      kind: "method",
      names: [
        "property_identifier",
        "private_property_identifier",
        "computed_property_name",
        "string",
        "number",
      ],
      stops: ["formal_parameters", "type_parameters"],
      bodies: ["statement_block"],
    },
  },
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
  reservedWords: [],
  wrappers: ["export_statement"],
  attachments: ["decorator"],
};
