/** @file Learning-rate schedules: pure functions from the step to a factor on the peak rate. */
import { ConfigError } from "../base/index.ts";

/** What schedules need to know, in steps (updates of the parameters). */
export interface ScheduleConfig {
  /** Steps of linear rise from 0; default 0. */
  readonly warmupSteps?: number;
  /** Steps of the whole run; `linear` needs it. */
  readonly totalSteps?: number;
  /** Steps over which the inverse square roots fall by 1/sqrt(2); default: warm-up, or 10,000. */
  readonly timescale?: number;
}

type Schedule = (step: number, config: Required<ScheduleConfig>) => number;

const warmup = (step: number, warmupSteps: number) => step / Math.max(1, warmupSteps);

/**
 * The schedules by name. `step` counts finished updates, so the first update has step 0
 * (and, with a warm-up, the factor 0, as in Hugging Face's schedulers).
 */
export const schedules = {
  /** 1 after the warm-up. HF `get_constant_schedule_with_warmup`. */
  constant: (step, { warmupSteps }) => (step < warmupSteps ? warmup(step, warmupSteps) : 1),
  /** Straight to 0 at `totalSteps`. HF `get_linear_schedule_with_warmup`. */
  linear: (step, { warmupSteps, totalSteps }) => {
    if (step < warmupSteps) return warmup(step, warmupSteps);
    return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
  },
  /** 1 at the end of the warm-up, then 1/sqrt. HF `get_inverse_sqrt_schedule`. */
  "inverse-sqrt": (step, { warmupSteps, timescale }) => {
    if (step < warmupSteps) return warmup(step, warmupSteps);
    return 1 / Math.sqrt((step + timescale - warmupSteps) / timescale);
  },
  /** 1/sqrt(max(step, timescale)): an absolute rate, T5 §3.1.2 (timescale 10,000, peak rate 1). */
  "t5-inverse-sqrt": (step, { timescale }) => 1 / Math.sqrt(Math.max(step, timescale)),
} as const satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

/**
 * Factor on the peak learning rate.
 * @param step finished updates, from 0
 * @returns factor, 0 or more
 * @throws ConfigError `schedule.name`, `schedule.value`
 */
export function scheduleFactor(name: ScheduleName, step: number, config: ScheduleConfig): number {
  if (!Object.hasOwn(schedules, name)) {
    const details = { expected: Object.keys(schedules).join(", "), got: String(name) };
    throw new ConfigError("schedule.name", "unknown learning-rate schedule", details);
  }
  return schedules[name](step, resolve(name, config));
}

function resolve(name: ScheduleName, config: ScheduleConfig): Required<ScheduleConfig> {
  const { warmupSteps = 0 } = config;
  const { totalSteps = name === "linear" ? Number.NaN : 0, timescale = warmupSteps || 10_000 } =
    config;
  const numbers = { warmupSteps, totalSteps, timescale };
  for (const [key, value] of Object.entries(numbers)) {
    const isValid = Number.isFinite(value) && value >= (key === "timescale" ? 1 : 0);
    if (isValid) continue;
    const details = { expected: "a number of steps", got: String(value), where: key };
    throw new ConfigError("schedule.value", `schedule ${name} has a bad ${key}`, details);
  }
  return numbers;
}
