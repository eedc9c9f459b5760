/** @file Questions about single nodes of a parsed source; for functions, which are few. */
import type { ParsedSource } from "./parse.ts";

/** The node's type name, anonymous tokens by their text. */
export function typeOf({ dialect, nodes }: ParsedSource, node: number): string {
  return dialect.types[nodes.symbols[node]!] ?? "ERROR";
}

/** Its direct children, in order. */
export function* childrenOf({ nodes }: ParsedSource, node: number): Generator<number> {
  const end = nodes.next[node]!;
  for (let child = node + 1; child < end; child = nodes.next[child]!) yield child;
}

/** The first direct child of one of the types; -1 when there is none. */
export function childOfType(tree: ParsedSource, node: number, types: readonly string[]): number {
  for (const child of childrenOf(tree, node)) if (types.includes(typeOf(tree, child))) return child;
  return -1;
}

/** The outermost of the nodes that play the role and that this one ends; itself when none does. */
export function outermost({ dialect, nodes }: ParsedSource, node: number, bit: number): number {
  const { parents, next, symbols } = nodes;
  let outer = node;
  for (;;) {
    const parent = parents[outer]!;
    const isAround = parent >= 0 && (dialect.roles[symbols[parent]!]! & bit) !== 0;
    // a closing mark may follow
    if (!isAround || next[parent]! > next[outer]! + 1) return outer;
    outer = parent;
  }
}
