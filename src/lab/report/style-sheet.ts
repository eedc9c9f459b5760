/** @file How a report looks: two sets of colours, chosen by the reader's system; drawings use them too. */

/** Colours of series are told apart by lightness as well as by hue, so that they survive grey printing. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c2024; --soft: #5b6570; --line: #d5dae0; --band: #f4f6f8;
  --accent: #0b5cad; --good: #0a7d55; --bad: #b3261e;
  --series-1: #0b5cad; --series-2: #d9730d; --series-3: #0a7d55; --series-4: #8e44ad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --ink: #e4e7ea; --soft: #9aa4ae; --line: #363d45; --band: #1e2328;
    --accent: #6cb2f5; --good: #4fc79a; --bad: #f2857c;
    --series-1: #6cb2f5; --series-2: #f0a35c; --series-3: #4fc79a; --series-4: #c59be0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; }
p { margin: .5rem 0; max-width: 90ch; overflow-wrap: anywhere; }
p.note { color: var(--soft); font-size: .9rem; }
p.verdict { border-left: 4px solid var(--accent); background: var(--band); padding: .6rem .9rem; }
p.warning { border-left: 4px solid var(--bad); background: var(--band); padding: .6rem .9rem; }
ul { padding-left: 1.3rem; } li { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: .8rem 0 1.2rem; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
td:first-child { white-space: nowrap; }
caption { text-align: left; color: var(--soft); padding: 0 0 .35rem; caption-side: top; }
th, td { padding: .28rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; border-bottom: 2px solid var(--line); vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; } .text { text-align: left; }
.range { font-size: .86em; color: var(--soft); }
tr.total td { font-weight: 600; background: var(--band); }
details { margin: .8rem 0; border: 1px solid var(--line); border-radius: 6px; padding: .4rem .9rem; }
summary { cursor: pointer; font-weight: 600; }
.figures { display: flex; flex-wrap: wrap; gap: 20px 28px; margin: .8rem 0 1.4rem; }
figure { margin: 0; max-width: 100%; }
.figures figure { flex: 0 1 520px; }
figure svg { max-width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .87rem; margin-top: .3rem; overflow-wrap: anywhere; }
figure.code { margin: 1rem 0; }
pre { margin: .3rem 0 0; padding: .7rem .9rem; background: var(--band); border: 1px solid var(--line); border-radius: 6px;
  overflow-x: auto; font: 12.5px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; tab-size: 4; }
svg text { fill: var(--ink); font: 13px system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
svg .soft { fill: var(--soft); font-size: 12px; }
svg .axis { stroke: var(--line); fill: none; } svg .zero { stroke: var(--soft); stroke-dasharray: 4 3; fill: none; }
svg .s1 { --c: var(--series-1); } svg .s2 { --c: var(--series-2); } svg .s3 { --c: var(--series-3); } svg .s4 { --c: var(--series-4); }
svg .mark { fill: var(--c); stroke: none; } svg .thin { stroke: var(--c); stroke-width: 1.5; fill: none; }
svg .thick { stroke: var(--c); stroke-width: 4.5; fill: none; } svg .bar { fill: var(--c); opacity: .28; }
svg .total { font-weight: 600; }
@media print {
  :root { color-scheme: light; --page: #fff; --ink: #000; --soft: #444; --line: #bbb; --band: #f3f3f3; --accent: #0b5cad;
    --good: #0a7d55; --bad: #b3261e; --series-1: #0b5cad; --series-2: #d9730d; --series-3: #0a7d55; --series-4: #8e44ad; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .scroll { overflow: visible; } table { font-size: 8.5pt; } th, td { padding: .15rem .4rem; }
  thead { display: table-header-group; } tr, figure, p.verdict { break-inside: avoid; }
  h2, h3 { break-after: avoid; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 8pt; }
  details > summary { list-style: none; } details table { font-size: 7pt; } details::details-content { content-visibility: visible; block-size: auto; }
}
`;
