/** @file Settings of a training run: what may be set, its unit, its default. The CLI's flags are these. */
import { z } from "zod";
import { schedules } from "../optim/index.ts";

const scheduleNames = Object.keys(schedules) as [keyof typeof schedules, ...never[]];
const count = z.number().int().positive();

/** Every field of a run's settings; a verb spreads these into its own options. */
export const trainFields = {
  learningRate: z.number().positive().default(5e-5).meta({
    description: "peak learning rate; for Adafactor relative to each parameter's root mean square",
  }),
  schedule: z
    .enum(scheduleNames)
    .default("linear")
    .meta({ description: "learning rate over time" }),
  warmupSteps: z
    .number()
    .int()
    .nonnegative()
    .default(1000)
    .meta({ description: "linear rise of the learning rate", unit: "steps" }),
  optimizer: z
    .enum(["adamw", "adafactor"])
    .default("adamw")
    .meta({ description: "AdamW as PyTorch's, Adafactor as T5's" }),
  weightDecay: z
    .number()
    .nonnegative()
    .default(0)
    .meta({ description: "decoupled weight decay, AdamW only" }),
  maxGradNorm: z
    .number()
    .nonnegative()
    .default(1)
    .meta({ description: "clip the global gradient norm to this; 0 does not clip" }),
  batchSize: count.default(16).meta({ description: "examples in a batch" }),
  accumulation: count.default(1).meta({ description: "batches summed into one step" }),
  epochs: count.default(10).meta({ description: "passes over the training data" }),
  maxSteps: count
    .optional()
    .meta({ description: "end after this many steps, whatever the epochs", unit: "steps" }),
  dropoutRate: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .meta({ description: "share of activations dropped; default: the model's config" }),
  evaluateEvery: count
    .optional()
    .meta({ description: "validate every so many steps; default: every epoch", unit: "steps" }),
  saveEvery: count
    .default(200)
    .meta({ description: "write a resumable checkpoint every so many steps", unit: "steps" }),
  logEvery: count
    .default(10)
    .meta({ description: "write the training loss every so many steps", unit: "steps" }),
  patience: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .meta({ description: "stop after this many validations without improvement; 0 never stops" }),
  patienceCounts: z.enum(["score", "scoreAndLoss"]).default("score").meta({
    description: "what must stop improving: the score, or the score and the loss both",
  }),
} as const;

const trainSchema = z.object({ ...trainFields, seed: z.number().int().default(0) });

/** Resolved settings of a run. */
export type TrainConfig = z.output<typeof trainSchema>;
