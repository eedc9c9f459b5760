/** @file Forest plot: a difference and its interval for each language, and for their mean. */
import type { Estimate } from "../statistics/index.ts";
import { html, type Markup } from "./markup.ts";
import { range, signed } from "./number-text.ts";
import { linearScale, tickText } from "./scale.ts";

/** One line of the plot. */
export interface ForestRow {
  readonly name: string;
  readonly estimate: Estimate;
  /** The mean: set apart, drawn as a diamond. */
  readonly isTotal?: boolean;
}

const width = 520;
const [left, right, top, rowHeight] = [94, 330, 34, 26];

/**
 * Draw a forest plot: thick where only the groups' chance counts, thin with that of training.
 * @param unit what the differences are of
 */
export function forestPlot(unit: string, rows: readonly ForestRow[]): Markup {
  const ends = rows.flatMap(({ estimate: { value, low, high } }) => [value, low, high]);
  const { at, ticks } = linearScale(ends, left, right, 5);
  const bottom = top + rows.length * rowHeight;
  const height = bottom + 44;
  const marks = ticks.map((tick) => axisMark(at(tick), tickText(tick, ticks), bottom));
  const lines = rows.map((row, i) => forestLine(row, at, top + (i + 0.5) * rowHeight));
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${unit}">
<text x="${left}" y="18" class="soft">${unit}</text>
${marks}<line class="zero" x1="${at(0)}" x2="${at(0)}" y1="${top - 6}" y2="${bottom}"/>
${lines}</svg>`;
}

function axisMark(x: number, text: string, bottom: number): Markup {
  return html`<line class="axis" x1="${round(x)}" x2="${round(x)}" y1="${top - 6}" y2="${bottom}"/>
<text class="soft" x="${round(x)}" y="${bottom + 18}" text-anchor="middle">${text}</text>
`;
}

function forestLine(
  { name, estimate, isTotal = false }: ForestRow,
  at: (value: number) => number,
  y: number,
): Markup {
  const { value, low, high, groupsOnly } = estimate;
  const weight = isTotal ? "total" : "one";
  const x = round(at(value));
  const mark = isTotal
    ? html`<path class="mark" d="M${x - 7} ${y} L${x} ${y - 7} L${x + 7} ${y} L${x} ${y + 7} Z"/>`
    : html`<circle class="mark" cx="${x}" cy="${y}" r="4.5"/>`;
  return html`<g class="s1"><text class="${weight}" x="${left - 14}" y="${y + 4}" text-anchor="end">${name}</text>
${stroke("thin", at, low, high, y)}${stroke("thick", at, groupsOnly.low, groupsOnly.high, y)}${Number.isFinite(value) ? mark : html``}
<text class="${weight}" x="${right + 12}" y="${y + 4}">${signed(value)} ${range(estimate)}</text></g>
`;
}

function stroke(
  kind: "thin" | "thick",
  at: (value: number) => number,
  low: number,
  high: number,
  y: number,
): Markup {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return html``;
  return html`<line class="${kind}" x1="${round(at(low))}" x2="${round(at(high))}" y1="${y}" y2="${y}"/>`;
}

/** A tenth of a pixel is enough. */
function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
