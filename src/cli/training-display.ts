/** @file What a person sees of a training run: a bar, a line per validation, a loss curve at the end. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextFile, writeFileAtomically } from "../base/index.ts";
import type { Report, TrainingEvent, TrainingResult } from "../train/index.ts";
import { lossCurveSvg } from "./plot.ts";
import type { Progress } from "./progress.ts";
import type { Call } from "./verb.ts";

const curveFile = "loss.svg";

/** Follows one run. */
export interface TrainingDisplay {
  readonly observe: (event: TrainingEvent) => void;
  /** Draw the loss curve of a run folder from its metrics.jsonl. */
  readonly finish: (folder: string) => Promise<void>;
  readonly summary: (result: TrainingResult) => string;
}

export function watchTraining(call: Pick<Call, "progress">, label = "training"): TrainingDisplay {
  let progress: Progress | undefined;
  const observe = (event: TrainingEvent) => {
    if (event.kind === "start") {
      const { totalSteps: total, step: start } = event;
      progress = call.progress({ label, total, unit: "step", start });
    } else if (event.kind === "step") {
      progress?.update(event.step, { loss: event.loss, tokensPerSecond: event.tokensPerSecond });
    } else {
      const mark = event.isBest ? ", best so far" : "";
      progress?.note(`step ${event.step}: validation ${formatReport(event.report)}${mark}`);
    }
  };
  return {
    observe,
    finish: async (folder) => {
      progress?.stop();
      await drawCurve(folder);
    },
    summary: (result) => formatResult(result),
  };
}

/** `loss 1.234, bleu 56.78`, four significant digits. */
export function formatReport(report: Report): string {
  const parts = Object.entries(report).map(
    ([name, value]) => `${name} ${Number(value.toPrecision(4))}`,
  );
  return parts.join(", ");
}

function formatResult({ step, reason, best, bestFolder }: TrainingResult): string {
  const why = {
    epochs: "all epochs done",
    maxSteps: "all steps done",
    patience: "no improvement for as long as --patience allows",
    interrupted: "interrupted; continue with --resume",
    handedOver:
      "the job is written; bring it to its machine, and take its results in with --resume",
  }[reason];
  const found =
    best === null
      ? "no validation yet"
      : `best ${best.value} at step ${best.step}, in ${bestFolder}`;
  return `${step} steps: ${why}\n${found}`;
}

interface MetricsLine {
  readonly step: number;
  readonly loss: number;
  readonly event?: string;
}

/** A line of metrics.jsonl; one that a power cut left incomplete is not worth a failure. */
function metricsOf(line: string): MetricsLine[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** Read metrics.jsonl and write loss.svg beside it. */
async function drawCurve(folder: string): Promise<void> {
  const path = join(folder, "metrics.jsonl");
  if (!existsSync(path)) return;
  const rows = readTextFile(path).split("\n").flatMap(metricsOf);
  const points = (isValidation: boolean) =>
    rows
      .filter(({ event }) => (event === "validation") === isValidation)
      .map(({ step, loss }) => [step, loss] as const);
  const svg = await lossCurveSvg([
    { name: "training", kind: "train", points: points(false) },
    { name: "validation", kind: "validation", points: points(true) },
  ]);
  writeFileAtomically(join(folder, curveFile), svg);
}
