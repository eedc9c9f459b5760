/** @file What is drawn again: groups of samples, whole. */
import { ConfigError, Random } from "../../base/index.ts";

/** How often each group is in each resample. */
export interface GroupResamples {
  readonly numGroups: number;
  readonly numResamples: number;
  /** [numResamples * numGroups] counts. */
  readonly counts: Uint8Array;
}

/**
 * Draw groups again with replacement, for all languages at once: a group that is in several languages (one
 * program rendered in each) is in all of them or in none, as it would be in another corpus.
 *
 * Source: Davison and Hinkley 1997, §3.8 (clusters drawn whole). Departure: n - 1 of n groups are drawn, which
 * makes the variance of a mean unbiased (McCarthy and Snowden 1985) where n draws would give (n - 1) / n of it.
 * @throws ConfigError `statistics.groups` with no group, or more resamples than 4 GB hold
 */
export function drawGroups(numGroups: number, numResamples: number, seed: number): GroupResamples {
  if (numGroups < 1 || numResamples < 1 || numGroups * numResamples > 2 ** 32) {
    throw new ConfigError("statistics.groups", "cannot resample so many groups", {
      expected: "at least one group and one resample, groups times resamples at most 2^32",
      got: `${numGroups} groups, ${numResamples} resamples`,
    });
  }
  const random = new Random(seed, "groups");
  const counts = new Uint8Array(numResamples * numGroups);
  const drawn = Math.max(1, numGroups - 1);
  for (let start = 0; start < counts.length; start += numGroups) {
    for (let i = 0; i < drawn; i++) counts[start + random.below(numGroups)]!++;
  }
  return { numGroups, numResamples, counts };
}
