/** @file The table of languages: one row and one file each. */
import type { Idioms } from "../idioms.ts";
import type { CorpusLanguage } from "../program.ts";
import { c } from "./c.ts";
import { cpp } from "./cpp.ts";
import { csharp } from "./csharp.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { javascript } from "./javascript.ts";
import { kotlin } from "./kotlin.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { ruby } from "./ruby.ts";
import { rust } from "./rust.ts";
import { swift } from "./swift.ts";
import { typescript } from "./typescript.ts";

/** Every language the corpus is written in. */
export const idiomTable: Readonly<Record<CorpusLanguage, Idioms>> = {
  c,
  cpp,
  csharp,
  go,
  java,
  javascript,
  kotlin,
  php,
  python,
  ruby,
  rust,
  swift,
  typescript,
};
