/** @file HTML by templates that escape: what is put in is text unless it is markup already. */

/** Text that is HTML, or SVG. */
export interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Characters that would be invisible or turn the reading order: controls but tab and line feed, marks of
 * direction, zero width. "Trojan Source" (CVE-2021-42574) lives on them.
 */
const invisible =
  /[^\P{Cc}\t\n]|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Cs}]/gu;

/** The text with what cannot be seen spelled out. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(invisible, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

function escapeText(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => entities[character]!);
}

function partText(part: Part): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return escapeText(part);
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

/** A template of HTML; strings and numbers that are put in are escaped, in attributes (quoted) too. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const markup = texts.map((text, i) => text + (i < parts.length ? partText(parts[i]!) : ""));
  return { markup: markup.join("") };
}
