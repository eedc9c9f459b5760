/** @file Models that come with the package. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The model of every verb that is given none. */
export const defaultModel = "codet5-mini";

/** The model of `codet5 classify`. */
export const securityModel = "codet5-security";

/** Beside `src` and `dist` alike. */
const folder = join(import.meta.dirname, "../../models");

/** The folder of a model of the package; undefined for any other name. */
export function shippedModelFolder(name: string): string | undefined {
  const isName = /^[a-z0-9-]+$/.test(name);
  const path = join(folder, name);
  return isName && existsSync(join(path, "config.json")) ? path : undefined;
}
