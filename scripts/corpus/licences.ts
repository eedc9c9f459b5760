/** @file Which licences a source of the corpus may have, and how a text is recognised as one of them. */

/**
 * Permissive licences by SPDX name: they allow training on the code and shipping what was trained.
 * The value is a phrase only that licence's text (or its usual notice) has; a source whose files
 * show none for a licence it claims is refused.
 */
const permissive: Readonly<Record<string, RegExp>> = {
  "0BSD": /permission to use, copy, modify, and\/or distribute this software for any purpose/,
  "Apache-2.0":
    /apache licen[cs]e,? \(?v(ersion)?\.? ?2|apache-2\.0|apache\.org\/licenses\/license-2\.0/,
  "BSD-2-Clause":
    /redistribution and use (of this software )?in source and binary forms|bsd-2-clause/,
  "BSD-3-Clause":
    /redistribution and use (of this software )?in source and binary forms|bsd-3-clause/,
  "BSL-1.0": /boost software license/,
  ISC: /permission to use, copy, modify,? (and|and\/or|or) distribute this software|\bisc license/,
  MIT: /permission is hereby granted, free of charge|\bmit license|licen[cs]ed? (under|:) (the )?mit\b/,
  "PHP-3.01": /the php license, version 3\.01/,
  PostgreSQL: /permission to use, copy, modify, and distribute this software and its documentation/,
  "PSF-2.0": /python software foundation license/,
  TCL: /permission to use, copy, modify, distribute, and license this software/,
  Unlicense: /free and unencumbered software released into the public domain/,
  Zlib: /this software is provided .{0,6}as-is.{0,6}, without any express or implied warranty/,
  curl: /permission to use, copy, modify, and distribute this software for any purpose with or without fee/,
  blessing: /disclaims copyright to this source code/,
};

/** A licence that asks for the same licence on derived work, or forbids some uses. */
const restrictive =
  /gnu (lesser |library |affero )?general public licen[cs]e|\b[al]?gpl\b|mozilla public licen[cs]e|eclipse public licen[cs]e|common development and distribution|cc[- ]by[- ](sa|nc|nd)|server side public licen[cs]e|business source licen[cs]e|proprietary and confidential/;

const folded = (text: string): string => text.replace(/[\s#*;/]+/g, " ").toLowerCase();

/**
 * The licences of an SPDX expression that are not on the list; of alternatives (`OR`) one is enough.
 * @param expression SPDX, `AND` and `OR` without brackets
 * @returns SPDX names, empty when the expression is allowed
 */
export function refusedLicences(expression: string): string[] {
  const alternatives = expression.split(" OR ").map((alternative) => {
    return alternative.split(" AND ").filter((name) => !Object.hasOwn(permissive, name));
  });
  return alternatives.some((refused) => refused.length === 0) ? [] : alternatives.flat();
}

/**
 * The licences of an allowed expression for which none of the texts speaks.
 * @param texts contents of licence files, package manifests and copyright notes
 */
export function unreadLicences(expression: string, texts: readonly string[]): string[] {
  const all = texts.map(folded);
  const allowed = expression.split(/ OR | AND /).filter((name) => Object.hasOwn(permissive, name));
  return allowed.filter((name) => !all.some((text) => permissive[name]!.test(text)));
}

/**
 * Whether most files say they are under one of the expression's licences: enough where no text does.
 * @param heads the first few thousand characters of every source file
 */
export function isStatedInHeads(expression: string, heads: readonly string[]): boolean {
  const stated = heads.filter((head) => unreadLicences(expression, [head]).length === 0);
  return stated.length > heads.length / 2;
}

/**
 * Whether a file's first lines put it under a restrictive licence and offer no permissive one beside it.
 * @param head the first few thousand characters of a source file
 */
export function isRestricted(head: string): boolean {
  const text = folded(head);
  if (!restrictive.test(text)) return false;
  return !Object.values(permissive).some((phrase) => phrase.test(text));
}

/** A `Files:` paragraph of debian/copyright: path globs and whether their licence is restrictive. */
interface CopyrightParagraph {
  readonly patterns: readonly RegExp[];
  readonly restricted: boolean;
}

/**
 * Reads a machine-readable debian/copyright (DEP 5): a predicate of the files it puts under a
 * restrictive licence without a permissive alternative. The last paragraph that matches decides.
 * @returns for a path relative to the upstream folder, whether it is to be left out
 */
export function restrictedPaths(copyright: string): (path: string) => boolean {
  const paragraphs = copyright
    .split(/\n\s*\n/)
    .flatMap(readParagraph)
    .reverse();
  return (path) => {
    const first = paragraphs.find(({ patterns }) => patterns.some((glob) => glob.test(path)));
    return first?.restricted ?? false;
  };
}

function readParagraph(paragraph: string): CopyrightParagraph[] {
  const files = /^Files:((?:.*\n?)(?:[ \t].*\n?)*)/m.exec(paragraph)?.[1];
  const licence = /^License:[ \t]*(.*)$/m.exec(paragraph)?.[1]?.toLowerCase();
  if (files === undefined || licence === undefined) return [];
  const patterns = files
    .trim()
    .split(/[\s,]+/)
    .map(globPattern);
  const alternatives = licence.split(/\s+(?:or|\|)\s+|\s*\|\s*/);
  const restricted = alternatives.every((name) => {
    return /gpl|\bmpl|\bepl|cddl|gfdl|cc-by-(sa|nc|nd)|sspl|busl|non-?free|proprietary/.test(name);
  });
  return [{ patterns, restricted }];
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/^\.\//, "").replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}
