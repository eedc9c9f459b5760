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

/** The outermost of the nodes right around this one that play the role; itself when none does. */
export function outermost({ dialect, nodes }: ParsedSource, node: number, bit: number): number {
  let outer = node;
  for (;;) {
    const parent = nodes.parents[outer]!;
    if (parent < 0 || (dialect.roles[nodes.symbols[parent]!]! & bit) === 0) return outer;
    outer = parent;
  }
}
