/** @file A report as one HTML file: no script, nothing fetched, light and dark, fit for paper. */
import type { Block } from "./document.ts";
import { html, type Markup } from "./markup.ts";
import { styleSheet } from "./style-sheet.ts";

type Renderers = { readonly [K in Block["kind"]]: (block: Extract<Block, { kind: K }>) => Markup };

const renderers: Renderers = {
  heading: ({ level, text }) =>
    [html`<h1>${text}</h1>`, html`<h2>${text}</h2>`, html`<h3>${text}</h3>`][level - 1]!,
  paragraph: ({ text, tone = "plain" }) => html`<p class="${tone}">${text}</p>`,
  list: ({ items }) => html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`,
  table: (block) => tableMarkup(block),
  figures: ({ figures }) =>
    html`<div class="figures">${figures.map(
      ({ svg, caption }) => html`<figure>${svg}<figcaption>${caption}</figcaption></figure>`,
    )}</div>`,
  code: ({ caption, code }) =>
    html`<figure class="code"><figcaption>${caption}</figcaption><pre><code>${code}</code></pre></figure>`,
  details: ({ summary, blocks }) =>
    html`<details><summary>${summary}</summary>${blocks.map(blockMarkup)}</details>`,
};

function tableMarkup({
  caption,
  columns,
  rows,
  totals = [],
}: Extract<Block, { kind: "table" }>): Markup {
  const kindOf = (column: number) => (columns[column]?.isNumeric ? "number" : "text");
  const head = columns.map(
    ({ header }, i) => html`<th scope="col" class="${kindOf(i)}">${header}</th>`,
  );
  const body = rows.map((row, place) => {
    const cells = row.map((cell, i) => html`<td class="${kindOf(i)}">${cellMarkup(cell)}</td>`);
    return html`<tr class="${totals.includes(place) ? "total" : "row"}">${cells}</tr>
`;
  });
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}

/** An interval or a spread after its figure is set smaller. */
function cellMarkup(cell: string): Markup {
  const parts = /^([^[±]+) (\[[^[]+\]|± .+)$/.exec(cell);
  if (parts === null) return html`${cell}`;
  return html`${parts[1]!} <span class="range">${parts[2]!}</span>`;
}

function blockMarkup(block: Block): Markup {
  const { markup } = renderers[block.kind](block as never);
  return { markup: `${markup}\n` };
}

/** The report as a whole HTML document; its policy forbids whatever it does not hold itself. */
export function toHtml(title: string, blocks: readonly Block[]): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${{ markup: styleSheet }}</style>
</head>
<body>
<main>
${blocks.map(blockMarkup)}</main>
</body>
</html>
`;
  return page.markup;
}
