/** @file Numbers as a report prints them. */
import type { Interval } from "../statistics/index.ts";

const none = "–";

/** Three digits; a dash for what is undefined. */
export function fixed(value: number, digits = 3): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : none;
}

/** With its sign, as differences are. */
export function signed(value: number, digits = 3): string {
  return value >= 0 ? `+${fixed(value, digits)}` : fixed(value, digits);
}

/** `[low, high]`. */
export function range({ low, high }: Pick<Interval, "low" | "high">): string {
  return Number.isNaN(low) ? "[no interval]" : `[${fixed(low)}, ${fixed(high)}]`;
}

/** A p-value; very small ones by their bound. */
export function pText(value: number): string {
  if (!Number.isFinite(value)) return none;
  return value < 0.001 ? "< 0.001" : value.toFixed(3);
}

/** Thousands apart. */
export function count(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : none;
}

/** In percent, one digit. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : none;
}
