/** @file The optimizer of a run as numbers, every default spelt out. */
import { adafactorDefaults, adamWDefaults } from "../optim/index.ts";
import type { TrainConfig } from "../train/index.ts";

/** As `train` creates it. */
export function optimizerSettings({
  optimizer,
  weightDecay,
}: Pick<TrainConfig, "optimizer" | "weightDecay">) {
  if (optimizer === "adamw") return { name: optimizer, ...adamWDefaults, weightDecay };
  return { name: optimizer, ...adafactorDefaults, relativeStep: false };
}
