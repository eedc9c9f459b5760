/** @file A loss curve as SVG, drawn by echarts on the server side; light, to be looked at in a browser. */
import type { LineSeriesOption } from "echarts/charts";

/** One curve of losses. */
export interface LossSeries {
  readonly name: string;
  /** `train` is drawn raw, thin, with a smoothed line over it; `validation` as points on a line. */
  readonly kind: "train" | "validation";
  /** (step, loss in nats/token) in order of steps; what is not finite is left out. */
  readonly points: readonly (readonly [step: number, loss: number])[];
}

/** Size and text around the curves. */
export interface PlotOptions {
  readonly title?: string;
  /** px */
  readonly width?: number;
  /** px */
  readonly height?: number;
}

/** More points than this are thinned out: an SVG of a long run must stay small. */
const maxPoints = 2000;
const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"];
const textColour = "#333333";

/**
 * Draw losses over steps.
 * @returns a whole SVG document; drawing holds no timer, Node may exit
 */
export async function lossCurveSvg(
  series: readonly LossSeries[],
  { title = "Loss", width = 900, height = 480 }: PlotOptions = {},
): Promise<string> {
  const echarts = await loadEcharts();
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      title: { text: title, left: "center", textStyle: { color: textColour, fontSize: 18 } },
      legend: { top: 34, itemGap: 28, textStyle: { color: textColour, fontSize: 13 } },
      grid: { left: 70, right: 30, top: 76, bottom: 56 },
      xAxis: { ...axis("step"), nameGap: 32, min: "dataMin", max: "dataMax" },
      yAxis: { ...axis("loss (nats/token)"), nameGap: 46, scale: true },
      series: series.flatMap((one, index) => linesOf(one, colours[index % colours.length]!)),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

// half a second to load: only when a curve is drawn
async function loadEcharts() {
  const [core, { LineChart }, components, { SVGRenderer }] = await Promise.all([
    import("echarts/core"),
    import("echarts/charts"),
    import("echarts/components"),
    import("echarts/renderers"),
  ]);
  const { GridComponent, LegendComponent, TitleComponent } = components;
  core.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);
  return core;
}

function axis(name: string) {
  return {
    type: "value" as const,
    name,
    nameLocation: "middle" as const,
    nameTextStyle: { color: textColour, fontSize: 14 },
    axisLabel: { color: textColour, fontSize: 13 },
    axisLine: { show: true, lineStyle: { color: "#888888" } },
    splitLine: { lineStyle: { color: "#e6e6e6" } },
  };
}

function linesOf({ name, kind, points }: LossSeries, color: string): LineSeriesOption[] {
  const finite = points.filter(([step, loss]) => Number.isFinite(step) && Number.isFinite(loss));
  const line = { type: "line" as const, itemStyle: { color } };
  if (kind === "validation") {
    const data = thin(finite);
    return [
      { ...line, name, data, symbol: "circle", symbolSize: 8, lineStyle: { color, width: 1.5 } },
    ];
  }
  const raw = { ...line, name: `${name} (each step)`, data: thin(finite), symbol: "none" };
  const smoothed = { ...line, name: `${name} (smoothed)`, data: thin(smooth(finite)) };
  return [
    { ...raw, lineStyle: { color, width: 1, opacity: 0.25 }, itemStyle: { color, opacity: 0.4 } },
    { ...smoothed, symbol: "none", lineStyle: { color, width: 2.5 } },
  ];
}

type Points = LossSeries["points"];

/** Mean over a fiftieth of the run around each point, so that it never lags; cut off at both ends. */
export function smooth(points: Points): Points {
  const sums = [0];
  for (const [, loss] of points) sums.push(sums.at(-1)! + loss);
  const reach = Math.floor(points.length / 100);
  return points.map(([step], i) => {
    const from = Math.max(0, i - reach);
    const to = Math.min(points.length, i + reach + 1);
    return [step, (sums[to]! - sums[from]!) / (to - from)] as const;
  });
}

function thin(points: Points): [number, number][] {
  const stride = Math.max(1, points.length / maxPoints);
  const count = Math.min(points.length, maxPoints);
  return Array.from({ length: count }, (_, i) => {
    // the last point is always kept
    const index = i === count - 1 ? points.length - 1 : Math.floor(i * stride);
    const [step, loss] = points[index]!;
    return [step, loss];
  });
}
