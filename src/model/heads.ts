/** @file A family's heads as a table, and what to say of one that is not in it. */
import { ConfigError } from "../base/index.ts";
import type { Architecture } from "./architecture.ts";
import type { Head } from "./family.ts";

/** The architectures of a family by head. */
export type Heads<C> = Readonly<Partial<Record<Head, (config: C) => Architecture>>>;

/** The heads of a family, in the order of its table. */
export function headNames<C>(heads: Heads<C>): Head[] {
  return Object.keys(heads) as Head[];
}

/** @throws ConfigError `model.head` naming the heads there are */
export function architectureOf<C>(heads: Heads<C>, config: C, head: Head): Architecture {
  const build = heads[head];
  if (build !== undefined) return build(config);
  throw new ConfigError("model.head", "models of this family have no such head", {
    expected: headNames(heads).join(", "),
    got: head,
  });
}
