/** @file Grammars: loaded once from WebAssembly, with the roles their node types play for us. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Parser, Language as TreeSitterLanguage } from "web-tree-sitter";
import { DataError } from "../base/index.ts";
import type { FunctionForm, Language, LanguageSyntax } from "./language-syntax.ts";
import { languageNames, languages } from "./languages/index.ts";
import { ReservedWords } from "./reserved-words.ts";
import { readTree, startTreeSitter } from "./tree-memory.ts";

/** What a node type is to the analysis, as bits. */
export const role = {
  identifier: 1,
  comment: 2,
  function: 4,
  class: 8,
  wrapper: 16,
  attachment: 32,
  literal: 64,
  /** An identifier, or a node around one, where reserved words are names. */
  free: 128,
  /** An identifier with affixes. */
  affixed: 256,
} as const;

/** One grammar file of a language: TypeScript has two. */
export interface Dialect {
  readonly parser: Parser;
  /** Node type names by symbol. */
  readonly types: readonly string[];
  /** [65536] bits of `role` by symbol. */
  readonly roles: Uint16Array;
  readonly forms: ReadonlyMap<number, FunctionForm>;
}

/** A language ready to parse. One thread, one parse at a time; parsing is synchronous. */
export interface Grammar {
  readonly language: Language;
  readonly syntax: LanguageSyntax;
  readonly dialects: readonly [Dialect, ...Dialect[]];
  readonly reservedWords: ReservedWords;
}

const loaded = new Map<Language, Promise<Grammar>>();

/**
 * Load a language's grammar, once: later calls return the same promise.
 * @throws DataError `syntax.language` for a language without a grammar; `syntax.grammar` when the
 * grammar's package is missing or damaged
 */
export function loadGrammar(language: Language): Promise<Grammar> {
  const known = loaded.get(language);
  if (known !== undefined) return known;
  const loading = load(language);
  loaded.set(language, loading);
  loading.catch(() => loaded.delete(language));
  return loading;
}

async function load(language: Language): Promise<Grammar> {
  if (!Object.hasOwn(languages, language)) {
    throw new DataError("syntax.language", `no grammar for ${JSON.stringify(language)}`, {
      expected: languageNames.join(", "),
    });
  }
  const syntax = languages[language];
  await startTreeSitter();
  const [first, ...rest] = syntax.grammars.map((specifier) => loadDialect(specifier, syntax));
  return {
    language,
    syntax,
    dialects: [await first!, ...(await Promise.all(rest))],
    reservedWords: new ReservedWords(syntax.reservedWords),
  };
}

async function loadDialect(specifier: string, syntax: LanguageSyntax): Promise<Dialect> {
  const language = await loadWasm(specifier, syntax);
  const parser = new Parser();
  parser.setLanguage(language);
  checkMemory(parser);
  const roles = new Uint16Array(65536);
  const forms = new Map<number, FunctionForm>();
  language.types.forEach((type, symbol) => {
    if (!language.nodeTypeIsNamed(symbol)) return;
    roles[symbol] = roleOf(type, syntax);
    if (roles[symbol]! & role.function) forms.set(symbol, syntax.functions[type]!);
  });
  return { parser, types: language.types, roles, forms };
}

/** tree-sitter starts once in a process: another user of it may have chosen another memory. */
function checkMemory(parser: Parser): void {
  const tree = parser.parse("a + b\n")!;
  const isOurs = readTree(tree).numNodes === tree.rootNode.descendantCount;
  tree.delete();
  if (isOurs) return;
  const help = "load a grammar of this package before others use web-tree-sitter";
  throw new DataError("syntax.memory", "tree-sitter was started elsewhere in this process", {
    help,
  });
}

async function loadWasm(specifier: string, { mend }: LanguageSyntax): Promise<TreeSitterLanguage> {
  try {
    const bytes = await readFile(createRequire(import.meta.url).resolve(specifier));
    const fault = mend === undefined ? -1 : bytes.indexOf(Uint8Array.from(mend.find));
    if (fault >= 0) bytes.set(mend!.replace, fault);
    return await TreeSitterLanguage.load(bytes);
  } catch (cause) {
    const help = "install the package's dependencies again";
    throw new DataError("syntax.grammar", `cannot load ${specifier}`, { help }, cause);
  }
}

function roleOf(type: string, syntax: LanguageSyntax): number {
  const bits: readonly (readonly [readonly string[], number])[] = [
    [syntax.identifiers, role.identifier],
    [syntax.comments, role.comment],
    [Object.keys(syntax.functions), role.function],
    [syntax.classes, role.class],
    [syntax.wrappers ?? [], role.wrapper],
    [syntax.attachments ?? [], role.attachment],
    [syntax.literals, role.literal],
    [syntax.freeNames ?? [], role.free],
    [Object.keys(syntax.affixes ?? {}), role.affixed],
  ];
  return bits.reduce((sum, [types, bit]) => (types.includes(type) ? sum | bit : sum), 0);
}
