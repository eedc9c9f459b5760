/** @file The budget: every adaptation reads as many tokens as the others, or the lab does not run. */
import { ConfigError } from "../base/index.ts";
import type { Cell } from "./records.ts";
import type { AdaptStage } from "./stages.ts";

/** What one cell's trainings read. */
export interface BudgetRow extends Cell {
  readonly steps: number;
  /** Source and target, without padding. */
  readonly tokens: number;
  readonly generalTokens: number;
  readonly securityTokens: number;
}

/** Largest share by which budgets may differ. */
const tolerance = 0.02;

/** Add up a cell's trainings. */
export function budgetOf(cell: Cell, trainings: readonly AdaptStage[]): BudgetRow {
  const tokensOf = (kind: AdaptStage["kind"]) =>
    trainings.reduce((sum, { plan, ...stage }) => {
      return stage.kind === kind ? sum + plan.tokens : sum;
    }, 0);
  const [generalTokens, securityTokens] = [tokensOf("general"), tokensOf("security")];
  return {
    ...cell,
    steps: trainings.reduce((sum, { plan }) => sum + plan.steps, 0),
    tokens: generalTokens + securityTokens,
    generalTokens,
    securityTokens,
  };
}

/**
 * Refuse a matrix in which a model's adaptations read unlike amounts.
 * @throws ConfigError `lab.budget`
 */
export function requireEqualBudgets(rows: readonly BudgetRow[]): void {
  const byRun = new Map<string, BudgetRow[]>();
  for (const row of rows) {
    if (row.tokens === 0) continue;
    const key = JSON.stringify([row.model, row.fold, row.seed]);
    byRun.set(key, [...(byRun.get(key) ?? []), row]);
  }
  for (const group of byRun.values()) {
    const sorted = [...group].sort((a, b) => a.tokens - b.tokens);
    const [least, most] = [sorted[0]!, sorted.at(-1)!];
    if (most.tokens - least.tokens <= tolerance * most.tokens) continue;
    throw new ConfigError("lab.budget", "adaptations would read unlike amounts", {
      expected: `token counts within ${100 * tolerance} %`,
      got: `${least.adaptation} ${least.tokens}, ${most.adaptation} ${most.tokens}`,
      where: `${least.model}, fold ${least.fold}, seed ${least.seed}`,
      help: "a budget of few steps cannot be met: raise it, or lower budget.batchSize",
    });
  }
}
