/** @file The table of families and a draw among them by weight. */
import type { Random } from "../../../base/index.ts";
import { checkFamilies } from "./checks.ts";
import type { Family } from "./family.ts";
import { listFamilies } from "./lists.ts";
import { mapFamilies } from "./maps.ts";
import { numberFamilies } from "./numbers.ts";
import { objectFamilies } from "./objects.ts";
import { textFamilies } from "./texts.ts";

export type { Drawn, Family } from "./family.ts";

/** All families of functions without a weakness. */
export const families: readonly Family[] = [
  ...listFamilies,
  ...numberFamilies,
  ...textFamilies,
  ...mapFamilies,
  ...objectFamilies,
  ...checkFamilies,
];

const tickets = families.flatMap((family) => Array.from({ length: family.weight }, () => family));

/** A family, as often as its weight says. */
export const pickFamily = (random: Random): Family => random.pick(tickets);
