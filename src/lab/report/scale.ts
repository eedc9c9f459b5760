/** @file Axes of drawings: where a number lies, and which numbers are marked. */

/** From numbers to pixels. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Round steps that are marked, by their first digit. */
const steps = [1, 2, 5, 10];

/**
 * A linear scale whose ends are marked numbers.
 * @param values what must lie on it; those that are not finite are left out
 * @param from pixel of the low end, `to` of the high end
 */
export function linearScale(
  values: readonly number[],
  from: number,
  to: number,
  numTicks = 6,
): Scale {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / numTicks));
  const step = power * steps.find((one) => one * power * numTicks >= span * 0.999)!;
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  const count = Math.max(1, last - first);
  const ticks = Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
  const at = (value: number) => from + ((value / step - first) / count) * (to - from);
  return { at, ticks };
}

/** A tick's text: no more digits than the ticks' distance needs. */
export function tickText(value: number, ticks: readonly number[]): string {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (Math.abs(value) < step / 1e6 ? 0 : value).toFixed(digits).replace("-", "−");
}
