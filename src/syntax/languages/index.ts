/** @file The table of languages: one row, one file and one fixture each. */
import type { Language, LanguageSyntax } from "../language-syntax.ts";
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

/** Every language with a grammar; adding one is a row here, a file beside it and a fixture. */
export const languages: Readonly<Record<Language, LanguageSyntax>> = {
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

/** Their names, in the table's order. */
export const languageNames = Object.keys(languages) as [Language, ...Language[]];

const byExtension = new Map<string, Language>();
const byFileName = new Map<string, Language>();
for (const [language, syntax] of Object.entries(languages) as [Language, LanguageSyntax][]) {
  for (const extension of syntax.extensions) byExtension.set(extension, language);
  for (const fileName of syntax.fileNames ?? []) byFileName.set(fileName, language);
}

/**
 * The language a file name promises: by its whole name, else by its ending, whatever the case.
 * `.h` is C. Undefined when no grammar reads it.
 */
export function languageOfPath(path: string): Language | undefined {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = name.lastIndexOf(".");
  const byName = byFileName.get(name);
  if (byName !== undefined || dot <= 0) return byName;
  return byExtension.get(name.slice(dot).toLowerCase());
}
