/** @file The text of a documentation comment without its markers, cut to the descriptive part. */
import type { DocMarkup } from "./language-syntax.ts";

/** A block comment's or a run of line comments' text, markers and leading stars stripped. */
export function stripMarkers(comment: string): string {
  if (comment.startsWith("/*")) {
    const inner = comment.replace(/^\/\*[*!]*<?/, "").replace(/\**\*\/$/, "");
    return inner.replace(/^[ \t]*\*+(?!\/)[ \t]?/gm, "");
  }
  if (comment.startsWith("=begin"))
    return comment.replace(/^=begin[^\n]*/, "").replace(/\n=end[^\n]*$/, "");
  return comment.replace(/^[ \t]*(?:\/{2,}!?<?|#+)/gm, "");
}

/** What is left of documentation text: see each row. */
const cleaners: Readonly<Record<DocMarkup, (text: string) => string>> = {
  tags: (text) =>
    plainTags(untilTag(text.replace(/^\s*[@\\](?:brief|short|description|desc)\b/gm, ""))),
  xml: (text) => xmlText(text),
  markdown: (text) => text.replace(/^\s*(?:#+ |- (?:Parameters?|Returns|Throws)\b).*/ms, ""),
  plain: (text) => text,
  docstring: (text) =>
    text.replace(
      /^\s*(?::\w[^:\n]*:|@\w+|(?:Args|Arguments|Parameters|Returns?|Yields|Raises|Examples?|Notes?)\s*(?::\s*$|\n\s*-{3,})).*/ms,
      "",
    ),
};

/** Clean text of a comment: markers off, the markup's descriptive part, lines trimmed. */
export function docText(stripped: string, markup: DocMarkup): string {
  const text = cleaners[markup](stripped.replaceAll("\r", ""));
  const lines = text.split("\n").map((line) => line.trim());
  return lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** Text ahead of the first block tag: a line that starts with `@word` or `\word`. */
function untilTag(text: string): string {
  return text.replace(/^\s*[@\\][a-zA-Z].*/ms, "");
}

/** Inline tags to their content, HTML tags away. */
function plainTags(text: string): string {
  return text.replace(/\{@\w+\s*([^}]*)\}/g, "$1").replace(/<\/?[a-zA-Z][^<>]*>/g, "");
}

function xmlText(text: string): string {
  const summary = /<summary>(.*?)<\/summary>/is.exec(text)?.[1] ?? text;
  return summary
    .replace(/<(?:see|seealso|paramref|typeparamref)\s+\w+="([^"]*)"\s*\/>/g, "$1")
    .replace(/<\/?[a-zA-Z][^<>]*>/g, "");
}
