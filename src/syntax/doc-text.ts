/** @file The text of a documentation comment: markers off, cut to the part that describes. */
import type { DocMarkup } from "./language-syntax.ts";

/**
 * Clean text of a comment or docstring: markers, leading stars and markup gone; what follows the
 * description (parameters, returns, examples) cut; lines trimmed, blank lines single.
 * Linear in the comment's length.
 */
export function docText(comment: string, markup: DocMarkup): string {
  const lines = withoutMarkers(comment.replaceAll("\r\n", "\n"), markup).map((line) => line.trim());
  const text = cleaners[markup](lines).filter((line) => line === "" || /[\p{L}\p{N}]/u.test(line));
  const paragraphs = text.filter((line, i) => line !== "" || (i > 0 && text[i - 1] !== ""));
  return paragraphs.join("\n").trim();
}

const cleaners: Readonly<Record<DocMarkup, (lines: string[]) => string[]>> = {
  tags: (lines) => inlineTags(untilTag(withoutFences(lines)).join("\n")).split("\n"),
  xml: (lines) => xmlText(lines.join("\n")).split("\n"),
  markdown: (lines) => until(withoutFences(lines), (line) => markdownSection.test(line)),
  plain: (lines) => lines,
  docstring: (lines) => until(lines, isPythonSection),
};

function withoutMarkers(comment: string, markup: DocMarkup): string[] {
  if (markup === "docstring") return comment.split("\n");
  const lines = comment.split("\n").map((line) => line.trim());
  if (comment.startsWith("=begin")) return lines.filter((line) => !/^=(?:begin|end)\b/.test(line));
  if (!comment.startsWith("/*"))
    return lines.map((line) => line.replace(/^(?:\/{2,}[!<]*|#+)/, ""));
  lines[0] = lines[0]!.replace(/^\/\*+!?<?/, "");
  const last = lines.length - 1;
  lines[last] = withoutEnd(lines[last]!);
  const isStarred = lines.every((line, i) => i === 0 || line === "" || line.startsWith("*"));
  return isStarred ? lines.map((line) => line.replace(/^(?:\*+(?=\s|$)|\*)/, "")) : lines;
}

/** A block's last line without its stars and slash. */
function withoutEnd(line: string): string {
  let end = line.endsWith("*/") ? line.length - 2 : line.length;
  while (end > 0 && line[end - 1] === "*") end -= 1;
  return line.slice(0, end);
}

/** Lines ahead of the first that `isEnd`. */
function until(
  lines: string[],
  isEnd: (line: string, next: string | undefined) => boolean,
): string[] {
  const end = lines.findIndex((line, i) => isEnd(line, lines[i + 1]));
  return end < 0 ? lines : lines.slice(0, end);
}

/** Fenced code away. */
function withoutFences(lines: string[]): string[] {
  let isInside = false;
  return lines.filter((line) => {
    const isFence = line.startsWith("```");
    if (isFence) isInside = !isInside;
    return !isFence && !isInside;
  });
}

/** A heading, or one of Swift's fields. */
const markdownSection =
  /^(?:#+\s|- (?:Parameters?|Returns|Throws|Complexity|Important|Note|Precondition|Remark|Requires|SeeAlso|Since|Tag|Version|Warning)\b)/;

const described = /^[@\\](?:brief|short|details|description|desc)\b\s*/;
const doxygenTags =
  /^\\(?:t?param|returns?|retval|throws?|exception|see|sa|note|warning|pre|post|since|author|date|version|todo|deprecated|(?:in|def|addto)group|file|class|struct|fn|name|code|verbatim|internal)\b/;

/** Description ahead of the first block tag, without RDoc directives and Doxygen's `@brief`. */
function untilTag(lines: string[]): string[] {
  const texts = lines.map((line) => line.replace(described, ""));
  return until(texts, (line) => /^@[a-zA-Z]/.test(line) || doxygenTags.test(line)).filter(
    (line) => !/^:[a-z-]+:/.test(line),
  );
}

const htmlTag =
  /<\/?(?:p|b|i|u|a|em|strong|code|pre|tt|br|hr|ul|ol|li|dl|dt|dd|h[1-6]|span|div|sup|sub|img|blockquote|table|tr|td|th)(?:\s[^<>]*)?\/?>/gi;

/** `{@link Some#thing label}` to its label, `{@code x}` to x, HTML away. */
function inlineTags(text: string): string {
  const words = text.replace(/\{@(\w+)\b([^{}]*)\}/g, (_, tag: string, body: string) => {
    const isLink = tag.startsWith("link");
    const target = body.trim();
    const label = isLink ? /^\S+[\s|]+(\S.*)$/s.exec(target)?.[1] : undefined;
    return tag.toLowerCase() === "inheritdoc" ? "" : (label ?? target);
  });
  return withoutEntities(words.replace(htmlTag, ""));
}

/** C# documentation: the summary when there is one; references by name, other tags away. */
function xmlText(text: string): string {
  const start = text.indexOf("<summary>");
  const end = text.indexOf("</summary>", start);
  const summary = start < 0 ? text : text.slice(start + 9, end < 0 ? undefined : end);
  const named = summary.replace(
    /<\w+\s+(?:cref|name|langword|href)\s*=\s*"(?:[A-Z]:)?([^"<>]*)"\s*\/>/g,
    "$1",
  );
  return withoutEntities(named.replace(/<[^<>]*>/g, ""));
}

const entities: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
  "&amp;": "&",
};

function withoutEntities(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|nbsp|amp);/g, (entity) => entities[entity]!);
}

const pythonFields =
  /^(?::(?:param|parameter|arg|argument|key|keyword|type|raises?|except|var|ivar|cvar|returns?|rtype|yields?)\b|@\w+|>>>)/;
const pythonSections =
  /^(?:Args|Arguments|Attributes|Examples?|Keyword Arguments|Notes?|Other Parameters|Parameters|Raises|References|Returns?|See Also|Todo|Usage|Warnings?|Yields?)\s*(:?)\s*$/;

/** reStructuredText fields, Google's `Args:`, numpydoc's underlined headings, doctests. */
function isPythonSection(line: string, next: string | undefined): boolean {
  if (pythonFields.test(line)) return true;
  const section = pythonSections.exec(line);
  return section !== null && (section[1] === ":" || /^-{3,}$/.test(next ?? ""));
}
