/** @file TypeScript, with the TSX grammar as second choice: JSDoc and TSDoc. */
import type { LanguageSyntax } from "../language-syntax.ts";
import { ecmascript, ecmascriptWords } from "./javascript.ts";

export const typescript: LanguageSyntax = {
  ...ecmascript,
  extensions: [".ts", ".cts", ".mts", ".tsx"],
  grammars: [
    "@repomix/tree-sitter-wasms/out/tree-sitter-typescript.wasm",
    "@repomix/tree-sitter-wasms/out/tree-sitter-tsx.wasm",
  ],
  identifiers: [
    "identifier",
    "private_property_identifier",
    "property_identifier",
    "shorthand_property_identifier",
    "shorthand_property_identifier_pattern",
    "statement_identifier",
    "type_identifier",
  ],
  reservedWords: [...ecmascriptWords, "bigint"],
  wrappers: ["export_statement", "ambient_declaration"],
  attachments: ["decorator"],
};
