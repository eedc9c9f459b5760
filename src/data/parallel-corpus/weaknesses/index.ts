/** @file The table of weaknesses: one row and one file each. */
import type { Weakness } from "../weakness.ts";
import { command } from "./command.ts";
import { credential } from "./credential.ts";
import { deserialise } from "./deserialise.ts";
import { digest } from "./digest.ts";
import { fetch } from "./fetch.ts";
import { overflow } from "./overflow.ts";
import { page } from "./page.ts";
import { path } from "./path.ts";
import { redirect } from "./redirect.ts";
import { sql } from "./sql.ts";
import { token } from "./token.ts";
import { write } from "./write.ts";
import { xml } from "./xml.ts";

/** Every weakness the corpus shows. */
export const weaknesses: readonly Weakness[] = [
  sql,
  command,
  path,
  page,
  digest,
  token,
  credential,
  fetch,
  redirect,
  deserialise,
  xml,
  write,
  overflow,
];
