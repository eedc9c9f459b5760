/** @file Which samples must stay together: those of one group, of one pair, and copies of one another. */
import type { LabelledSample } from "../labelled-samples.ts";
import { type CopyLevel, copySets } from "./copies.ts";

/** What ties samples together besides groups and pairs. */
export interface TieOptions {
  /** Copies up to this level stay together; none if absent. */
  readonly level?: CopyLevel;
  /** As for `copySets`. */
  readonly nearness?: number;
}

/**
 * The family of each sample: the smallest name among the groups that are tied together.
 * It does not depend on the order of the samples.
 */
export async function familiesOf(
  samples: readonly LabelledSample[],
  { level, nearness }: TieOptions = {},
): Promise<string[]> {
  const nodes = new Map<string, number>();
  const parents: number[] = [];
  const nodeOf = (key: string): number => {
    const known = nodes.get(key);
    if (known !== undefined) return known;
    nodes.set(key, parents.length);
    return parents.push(parents.length) - 1;
  };
  const root = (node: number): number => {
    let at = node;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!;
      at = parents[at]!;
    }
    return at;
  };
  const sets = level === undefined ? undefined : await copySets(samples, level, nearness);
  for (const [index, { group, pair }] of samples.entries()) {
    const node = nodeOf(`group ${group}`);
    if (pair !== null) parents[root(nodeOf(`pair ${pair}`))] = root(node);
    if (sets !== undefined) parents[root(nodeOf(`set ${sets[index]}`))] = root(node);
  }
  const names = new Map<number, string>();
  for (const { group } of samples) {
    const family = root(nodeOf(`group ${group}`));
    const least = names.get(family);
    if (least === undefined || group < least) names.set(family, group);
  }
  return samples.map(({ group }) => names.get(root(nodeOf(`group ${group}`)))!);
}
