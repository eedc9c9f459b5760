/** @file Licences of source trees: a guess of the SPDX name from what lies in a folder or a header. */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { join } from "node:path";

const maxLicenseBytes = 1 << 16;

/** Phrases of licence texts, the more specific first. White space is folded before matching. */
const phrases: readonly (readonly [spdx: string, pattern: RegExp])[] = [
  ["AGPL-3.0", /gnu affero general public license/i],
  ["LGPL-3.0", /gnu lesser general public license.{0,80}version 3/i],
  ["LGPL-2.1", /gnu lesser general public license/i],
  ["LGPL-2.0", /gnu library general public license/i],
  ["GPL-3.0", /gnu general public license.{0,80}version 3/i],
  ["GPL-2.0", /gnu general public license/i],
  ["Apache-2.0", /apache license,? version 2\.0|apache-2\.0/i],
  ["MPL-2.0", /mozilla public license,? (?:version|v\.) ?2\.0/i],
  ["EPL-2.0", /eclipse public license.{0,10}2\.0/i],
  ["BSL-1.0", /boost software license/i],
  ["PSF-2.0", /python software foundation license/i],
  ["BlueOak-1.0.0", /blue oak model license/i],
  ["Unlicense", /this is free and unencumbered software released into the public domain/i],
  ["CC0-1.0", /cc0 1\.0 universal|creative commons zero/i],
  [
    "0BSD",
    /permission to use, copy, modify, and\/or distribute this software for any purpose with or without fee is hereby granted\.? ?the software/i,
  ],
  [
    "ISC",
    /permission to use, copy, modify,? and\/?(?:or )?distribute this software for any purpose with or without fee is hereby granted/i,
  ],
  ["Zlib", /altered source versions must be plainly marked/i],
  ["MIT", /permission is hereby granted,? free of charge,? to any person obtaining a copy/i],
  [
    "BSD-3-Clause",
    /redistribution and use in source and binary forms.*(?:neither the name|names? of .{0,60}may not be used to endorse)/i,
  ],
  ["BSD-2-Clause", /redistribution and use in source and binary forms/i],
];

/**
 * Guess the SPDX name of a licence text. A text may hold several, of parts or of libraries it brings along:
 * the one it begins with counts, and where two begin at the same place the more specific.
 * @returns undefined when no known phrase occurs
 */
export function guessLicense(text: string): string | undefined {
  const identifier = spdxIdentifier(text);
  if (identifier !== undefined) return identifier;
  const folded = text.slice(0, maxLicenseBytes).replace(/\s+/g, " ");
  let first: { readonly name: string; readonly at: number } | undefined;
  for (const [name, pattern] of phrases) {
    const at = folded.search(pattern);
    if (at >= 0 && (first === undefined || at < first.at)) first = { name, at };
  }
  return first?.name;
}

const headerCharacters = 3_000;

/** The licence that a source file names itself, in an `SPDX-License-Identifier` line at its top. */
export function spdxIdentifier(text: string): string | undefined {
  const found = /SPDX-License-Identifier:\s*([A-Za-z0-9][\w .+()-]{1,80})/.exec(
    text.slice(0, headerCharacters),
  );
  return found === null ? undefined : cleanExpression(found[1]!);
}

function cleanExpression(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\s)(-]+$/, "")
    .trim();
}

type Reader = (text: string) => string | undefined;

const fromJson: Reader = (text) => {
  const { license } = (parse(text) ?? {}) as { license?: unknown };
  const name =
    typeof license === "object" && license !== null
      ? (license as { type?: unknown }).type
      : license;
  const isName = typeof name === "string" && /^(?!see license)[\w .+()-]{2,80}$/i.test(name);
  return isName ? name : undefined;
};

const fromToml: Reader = (text) => /^license\s*=\s*"([\w .+()/-]{2,80})"/m.exec(text)?.[1];

/** Of a Debian copyright file the licence of its first paragraph of files, which is the broadest. */
const fromDebian: Reader = (text) => {
  const named = /^License:\s*([A-Za-z0-9][\w.+-]*)/m.exec(text)?.[1];
  return named === undefined ? guessLicense(text) : (debianNames[named.toLowerCase()] ?? named);
};

/** Debian's short names that differ from SPDX. */
const debianNames: Readonly<Record<string, string>> = {
  expat: "MIT",
  "bsd-3-clause": "BSD-3-Clause",
  "bsd-2-clause": "BSD-2-Clause",
  "gpl-2": "GPL-2.0",
  "gpl-2+": "GPL-2.0",
  "gpl-3": "GPL-3.0",
  "gpl-3+": "GPL-3.0",
  "lgpl-2.1": "LGPL-2.1",
  "lgpl-2.1+": "LGPL-2.1",
  "apache-2": "Apache-2.0",
  psf: "PSF-2.0",
  "psf-2": "PSF-2.0",
};

/** Where licences are told, the most explicit first. */
const sources: readonly (readonly [name: RegExp, read: Reader])[] = [
  [/^(?:package|composer)\.json$/, fromJson],
  [/^(?:Cargo|pyproject)\.toml$/, fromToml],
  [/^copyright$/i, fromDebian],
  [/^(?:un)?licen[cs]e(?:[.-].*)?$|^copying(?:[.-].*)?$/i, guessLicense],
];

/**
 * The licence told by the files of one folder.
 * @param names the folder's entries
 * @returns an SPDX name or expression, or undefined
 */
export function licenseOfFolder(folder: string, names: readonly string[]): string | undefined {
  for (const [pattern, read] of sources) {
    for (const name of names) {
      if (!pattern.test(name)) continue;
      const license = read(readStart(join(folder, name)));
      if (license !== undefined) return license;
    }
  }
  return names.includes("debian") ? debianLicense(join(folder, "debian", "copyright")) : undefined;
}

function debianLicense(path: string): string | undefined {
  const text = readStart(path);
  return text === "" ? undefined : fromDebian(text);
}

/** The first bytes of a file as text; empty when it cannot be read. */
function readStart(path: string): string {
  try {
    // a named pipe must not hold us up
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(maxLicenseBytes);
      return bytes.toString("utf8", 0, readSync(file, bytes, 0, maxLicenseBytes, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Whether a licence expression is among the allowed names: of `A OR B` one is enough, of `A AND B`
 * all are needed; `-only`, `-or-later` and a `WITH` exception do not count.
 */
export function isLicenseAllowed(
  license: string | undefined,
  allowed: ReadonlySet<string>,
): boolean {
  if (allowed.size === 0) return true;
  if (license === undefined) return false;
  const isAllowed = (name: string) => {
    const bare = name
      .replace(/[()]/g, "")
      .replace(/ WITH .*$/, "")
      .trim();
    return allowed.has(bare) || allowed.has(bare.replace(/-(?:only|or-later)$/, ""));
  };
  return license
    .split(/ OR |\//)
    .some((choice) => choice.split(/ AND /).every((name) => isAllowed(name)));
}
