/** @file Reliability diagram: of those called so probable, how many were vulnerable? */
import type { ReliabilityBin } from "../../metrics/index.ts";
import { html, type Markup } from "./markup.ts";

/** One curve. */
export interface ReliabilityCurve {
  readonly name: string;
  readonly bins: readonly ReliabilityBin[];
}

const side = 240;
const [left, top] = [52, 12];
const barHeight = 34;
const legendLeft = left + side + 18;
const [width, height] = [legendLeft + 90, top + side + barHeight + 48];

/**
 * Draw up to four curves.
 * @param counted the curve whose samples bars below count, bin by bin
 */
export function reliabilityDiagram(curves: readonly ReliabilityCurve[], counted: number): Markup {
  const x = (value: number) => Math.round((left + value * side) * 10) / 10;
  const y = (value: number) => Math.round((top + (1 - value) * side) * 10) / 10;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const grid = ticks.map(
    (tick) => html`<path class="axis" d="M${x(tick)} ${y(0)}V${y(1)}M${x(0)} ${y(tick)}H${x(1)}"/>
<text class="soft" x="${x(tick)}" y="${y(0) + barHeight + 20}" text-anchor="middle">${tick}</text>
<text class="soft" x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>
`,
  );
  const lines = curves.map(({ bins }, i) => {
    const full = bins.filter(({ count }) => count > 0);
    const path = full.map(({ meanScore, shareOfOnes }, step) => {
      return `${step === 0 ? "M" : "L"}${x(meanScore)} ${y(shareOfOnes)}`;
    });
    const dots = full.map(
      ({ meanScore, shareOfOnes }) =>
        html`<circle class="mark" cx="${x(meanScore)}" cy="${y(shareOfOnes)}" r="3.5"/>`,
    );
    return html`<g class="s${i + 1}"><path class="thin" d="${path.join("")}"/>${dots}</g>
`;
  });
  const legend = curves.map(({ name }, i) => {
    const middle = top + 12 + 20 * i;
    return html`<g class="s${i + 1}"><circle class="mark" cx="${legendLeft}" cy="${middle}" r="4.5"/>
<text class="soft" x="${legendLeft + 11}" y="${middle + 4}">${name}</text></g>
`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="reliability">
${grid}<path class="zero" d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}"/>
${bars(curves[counted]!, counted, x, y(0))}${lines}<text class="soft" x="${x(0.5)}" y="${y(0) + barHeight + 38}" text-anchor="middle">calibrated probability</text>
<text class="soft" transform="translate(14 ${y(0.5)}) rotate(-90)" text-anchor="middle">share vulnerable</text>
${legend}</svg>`;
}

function bars(
  { bins }: ReliabilityCurve,
  series: number,
  x: (value: number) => number,
  base: number,
): Markup {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const boxes = bins.map(({ count }, i) => {
    const tall = Math.round((count / most) * (barHeight - 6) * 10) / 10;
    return html`<rect class="bar" x="${x(i / bins.length) + 1}" y="${base + 4}" width="${Math.round(side / bins.length) - 2}" height="${tall}"/>`;
  });
  return html`<g class="s${series + 1}">${boxes}</g>
`;
}
