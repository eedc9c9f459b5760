/** @file A parsed piece of code with its tokens numbered, as data-flow extraction looks at it. */
import type { TreeNode } from "../../syntax/index.ts";

/** Nodes that count as one token whatever they hold. */
const wholeTokens = new Set(["string_literal", "string", "character_literal"]);

/** Whether the node is one token: a leaf, or a literal with parts. */
export function isToken(node: TreeNode): boolean {
  return node.children.length === 0 || wholeTokens.has(node.type);
}

/** Comments hold no tokens; today's grammars have other names for Java's and Rust's. */
export function isComment(node: TreeNode): boolean {
  return node.type === "comment" || node.type === "line_comment" || node.type === "block_comment";
}

/** A token's number, counted from 0 in order, and its text. */
export interface Token {
  readonly index: number;
  readonly text: string;
}

/** The tokens of a tree by node. */
export type Tokens = ReadonlyMap<TreeNode, Token>;

/**
 * Number the tokens below a node. Tokens of the same range, which are empty ones put in by the parser,
 * share the number of the last.
 *
 * Source: salesforce/CodeT5 evaluator/CodeBLEU/parser/utils.py `tree_to_token_index`,
 * `index_to_code_token` at 7de7f69, whose texts {@link sliceByBytes} cuts. No departure.
 */
export function numberTokens(root: TreeNode, code: string): Tokens {
  const slice = sliceByBytes(code);
  const tokens = new Map<TreeNode, Token>();
  const open = [root];
  let index = 0;
  let last: { index: number; readonly text: string } | undefined;
  let lastNode = root;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isComment(node)) continue;
    if (!isToken(node)) {
      for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i]!);
      continue;
    }
    if (last !== undefined && node.start === lastNode.start && node.end === lastNode.end) {
      last.index = index; // the same range: the same key in the reference's dictionary
    } else {
      last = { index, text: slice(node.start, node.end) };
      lastNode = node;
    }
    tokens.set(node, last);
    index++;
  }
  return tokens;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for
const asciiOnly = /^[\x00-\x7f]*$/;

/**
 * Texts of ranges as the reference cuts them: columns count bytes of UTF-8 but index characters, so
 * behind a character beyond ASCII every text of the line is shifted; line ends are left out.
 */
function sliceByBytes(code: string): (start: number, end: number) => string {
  if (asciiOnly.test(code)) {
    return (start, end) => code.slice(start, end).replaceAll("\n", "");
  }
  const lines = code.split("\n").map((text) => [...text]);
  const { rows, columns } = places(code);
  return (start, end) => {
    const whole = lines.slice(rows[start], rows[end]! + 1);
    return whole
      .map((characters, i) => {
        const first = i === 0 ? columns[start] : 0;
        return characters.slice(first, i === whole.length - 1 ? columns[end] : undefined).join("");
      })
      .join("");
  };
}

/** [code.length + 1] line and column, in bytes of UTF-8, of every UTF-16 offset. */
function places(code: string): { readonly rows: Uint32Array; readonly columns: Uint32Array } {
  const rows = new Uint32Array(code.length + 1);
  const columns = new Uint32Array(code.length + 1);
  let offset = 0;
  for (const character of code) {
    const next = offset + character.length;
    const isEnd = character === "\n";
    rows.fill(rows[offset]! + (isEnd ? 1 : 0), offset + 1, next + 1);
    columns.fill(isEnd ? 0 : columns[offset]! + Buffer.byteLength(character), offset + 1, next + 1);
    offset = next;
  }
  return { rows, columns };
}
