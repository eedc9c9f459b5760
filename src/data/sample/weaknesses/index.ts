/** @file The table of weaknesses: adding one is a file here and a row below. */
import { command } from "./command.ts";
import { credential } from "./credential.ts";
import { digest } from "./digest.ts";
import { page } from "./page.ts";
import { path } from "./path.ts";
import type { Weakness } from "./scenario.ts";
import { sql } from "./sql.ts";
import { token } from "./token.ts";

export { drawForms, type TwoForms } from "./scenario.ts";

/** All weaknesses, each as often as the others. */
export const weaknesses: readonly Weakness[] = [
  sql,
  command,
  path,
  digest,
  token,
  credential,
  page,
];
