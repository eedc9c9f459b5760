/** @file Splits a corpus by repository or top folder, so that no project is on both sides. */
import { Random } from "../../base/index.ts";

/** What a function is for; 0 when it was left out as a duplicate. */
export const splitCodes = { train: 1, validation: 2, test: 3 } as const;

/** Groups and how many functions of each language they have. */
export interface GroupSizes {
  readonly groups: readonly string[];
  readonly languages: readonly string[];
  /** [group, language] functions. */
  readonly sizes: Uint32Array;
}

export interface GroupShares {
  /** Shares of the functions, together below 1. */
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
}

/** Groups that stay together, because they are one project by name. */
interface Family {
  readonly name: string;
  readonly members: number[];
  size: number;
}

/**
 * Draw groups into splits, per language (that most of a group's functions have): in an order drawn
 * from the seed each goes to test, then to validation, while it fits into what is left of that
 * share; the rest is trained on. A share that would stay empty gets the smallest group, if
 * that is closer to the share than nothing. Groups of one name, versions aside (`serde-1.0.1` and
 * `serde-1.0.2`), stay together, in whatever trees they are.
 * @returns code of {@link splitCodes} per group
 */
export function splitGroups(
  sizes: GroupSizes,
  { validation, test, seed }: GroupShares,
): Uint8Array {
  const codes = new Uint8Array(sizes.groups.length).fill(splitCodes.train);
  const assign = (families: readonly Family[], code: number) => {
    for (const { members } of families) for (const group of members) codes[group] = code;
  };
  for (const [language, families] of familiesByLanguage(sizes)) {
    const ordered = families.sort((a, b) => (a.name < b.name ? -1 : 1));
    const shuffled = new Random(seed, "corpus split", language).shuffle(ordered);
    const total = shuffled.reduce((sum, { size }) => sum + size, 0);
    const forTest = draw(shuffled, test * total);
    const isTaken = new Set(forTest);
    const left = shuffled.filter((family) => !isTaken.has(family));
    assign(forTest, splitCodes.test);
    assign(draw(left, validation * total), splitCodes.validation);
  }
  return codes;
}

/** Last part of a group's path (with npm's scope), without the version after a hyphen or the like. */
function projectName(group: string): string {
  const own = /(?:@[^/]+\/)?[^/]*$/.exec(group)![0];
  return own.replace(/(?<=.)[-_@]v?\d+(?:\.\d+)*(?:[.+-].*)?$/, "").toLowerCase();
}

function familiesByLanguage({ groups, languages, sizes }: GroupSizes): Map<string, Family[]> {
  const families = new Map<string, Family & { readonly counts: Float64Array }>();
  for (const [group, path] of groups.entries()) {
    const name = projectName(path);
    const family = families.get(name) ?? {
      name,
      members: [],
      size: 0,
      counts: new Float64Array(languages.length),
    };
    families.set(name, family);
    family.members.push(group);
    for (let language = 0; language < languages.length; language++) {
      const size = sizes[group * languages.length + language]!;
      family.counts[language]! += size;
      family.size += size;
    }
  }
  const byLanguage = new Map<string, Family[]>();
  for (const family of families.values()) {
    if (family.size === 0) continue;
    const language = languages[family.counts.indexOf(Math.max(...family.counts))]!;
    const others = byLanguage.get(language);
    if (others === undefined) byLanguage.set(language, [family]);
    else others.push(family);
  }
  return byLanguage;
}

/** Take families while they fit; when none does, the smallest, if that is closer to the target. */
function draw(families: readonly Family[], target: number): Family[] {
  const taken: Family[] = [];
  let size = 0;
  for (const family of families) {
    if (size + family.size > target) continue;
    taken.push(family);
    size += family.size;
  }
  if (taken.length > 0 || target === 0 || families.length < 2) return taken;
  const smallest = families.reduce((least, family) => (family.size < least.size ? family : least));
  return smallest.size < 2 * target ? [smallest] : [];
}
