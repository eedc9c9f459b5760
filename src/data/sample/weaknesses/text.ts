/** @file A text around a value, in the ways people write one: in place, formatted, named, in two steps. */
import { type Draw, nameAmong } from "../draw.ts";
import { concat, declare, type Expr, format, str, update, variable } from "../program.ts";
import type { Site } from "./scenario.ts";

/** How a text is put together, and the name it has where it has one. */
export interface TextPlan {
  readonly local: string;
  readonly shape: "inline" | "format" | "local" | "staged";
}

/** Draw a plan; `names` for a local variable. */
export const planText = (draw: Draw, names: readonly string[]): TextPlan => ({
  local: nameAmong(draw, names),
  shape: draw.random.pick(["inline", "format", "local", "staged"] as const),
});

/** The value between two fixed texts, the second of which may be empty. */
export function textAround(plan: TextPlan, start: string, value: Expr, end: string): Site {
  const { local, shape } = plan;
  const tail = end === "" ? [] : [str(end)];
  if (shape === "inline") return { before: [], outcome: concat(str(start), value, ...tail) };
  if (shape === "format") {
    const parts = end === "" ? [] : [end];
    return { before: [], outcome: format(start, { value, type: "str" }, ...parts) };
  }
  const named = variable(local);
  if (shape === "local") {
    return { before: [declare(local, "str", concat(str(start), value, ...tail))], outcome: named };
  }
  const rest = concat(value, ...tail);
  return {
    before: [declare(local, "str", str(start)), update("concat", named, rest)],
    outcome: named,
  };
}
