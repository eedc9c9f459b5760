/** @file The table of languages: adding one is a file here and a row below. */
import type { Language } from "../language.ts";
import type { PerLanguage } from "../program.ts";
import { csharp } from "./csharp.ts";
import { java } from "./java.ts";
import { javascript } from "./javascript.ts";
import { python } from "./python.ts";

/** How each language is written. */
export const languageTable: PerLanguage<Language> = { java, csharp, python, javascript };
