/** @file Options of adapters: any of them asks for adapters. */
import { z } from "zod";
import { type LoraSettings, loraDefaults } from "../train/index.ts";

export const loraFields = {
  lora: z.boolean().default(false).meta({
    description: "train low-rank adapters beside the model, which stays as it is",
  }),
  loraRank: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .meta({
      description: "adapters: rank, as any of their options asks for them",
      defaultText: `${loraDefaults.rank}`,
    }),
  loraAlpha: z.number().positive().optional().meta({
    description: "adapters: their product is scaled by alpha / rank",
    defaultText: "twice the rank",
  }),
  loraTargets: z.array(z.string().min(1)).min(1).optional().meta({
    description: "adapters: linear maps by the end of their names, * for anything, or all-linear",
    defaultText: "queries and values",
  }),
  loraDropout: z.number().min(0).lt(1).optional().meta({
    description: "adapters: share of their inputs dropped",
    defaultText: "0",
  }),
  baseQuantization: z.enum(["none", "int8", "int4"]).optional().meta({
    description:
      "adapters: how the model is held meanwhile, int8 in a quarter of the memory, int4 in a sixth",
    defaultText: "none",
  }),
};

type LoraOptions = z.output<z.ZodObject<typeof loraFields>>;

/** The adapters asked for, if any. */
export function loraOf(options: LoraOptions): LoraSettings | undefined {
  const { lora, loraRank, loraAlpha, loraTargets, loraDropout, baseQuantization } = options;
  const given = [loraRank, loraAlpha, loraTargets, loraDropout, baseQuantization];
  if (!lora && given.every((one) => one === undefined)) return undefined;
  const rank = loraRank ?? loraDefaults.rank;
  return {
    rank,
    alpha: loraAlpha ?? 2 * rank,
    dropout: loraDropout ?? 0,
    targets: loraTargets,
    baseQuantization,
  };
}
