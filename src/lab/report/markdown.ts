/** @file A report as Markdown (GitHub's): tables and code, no figures. */
import type { Block } from "./document.ts";
import { visible } from "./markup.ts";

/** Everything that Markdown or HTML in it would read as more than text. */
const special = /[\\`*_{}[\]<>#|~!&$]/g;
/** At the start of a line these make lists, headings and rules. */
const atStart = /^(\s*\d*)([-+=.)])(?=\s)/;

/** Text on one line that reads as it is written. */
function plain(text: string): string {
  const escaped = visible(text)
    .replace(/\s*\n\s*/g, " ")
    .replace(special, "\\$&");
  return escaped.replace(atStart, "$1\\$2");
}

/** A fence longer than any run of backticks inside. */
function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language.replace(/[^\w+-]/g, "")}\n${visible(code)}\n${fence}`;
}

type Renderers = { readonly [K in Block["kind"]]: (block: Extract<Block, { kind: K }>) => string };

const renderers: Renderers = {
  heading: ({ level, text }) => `${"#".repeat(level)} ${plain(text)}`,
  paragraph: ({ text, tone }) => (tone === "verdict" ? `**${plain(text)}**` : plain(text)),
  list: ({ items }) => items.map((item) => `- ${plain(item)}`).join("\n"),
  table: ({ caption, columns, rows }) => {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const rules = columns.map(({ isNumeric }) => (isNumeric ? "---:" : "---"));
    const body = rows.map((row) => line(row.map(plain)));
    const head = [line(columns.map(({ header }) => plain(header))), line(rules)];
    return [plain(caption), "", ...head, ...body].join("\n");
  },
  figures: () => "",
  code: ({ caption, code, language }) => `${plain(caption)}\n\n${fenced(code, language)}`,
  details: ({ summary, blocks }) => `**${plain(summary)}**\n\n${body(blocks)}`,
};

function body(blocks: readonly Block[]): string {
  const parts = blocks.map((block) => renderers[block.kind](block as never));
  return parts.filter((part) => part !== "").join("\n\n");
}

/** The report as a Markdown text. */
export function toMarkdown(blocks: readonly Block[]): string {
  return `${body(blocks)}\n`;
}
