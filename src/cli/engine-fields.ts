/** @file Options of verbs that train: which engine makes the updates, on how many processes and machines. */
import { z } from "zod";
import { UsageError } from "../base/index.ts";
import { torchEngine } from "../engine/index.ts";
import type { LabEngine } from "../lab/index.ts";
import type { StartEngine } from "../train/index.ts";
import { kebabCase } from "./fields.ts";

const count = z.int().min(1).max(65_536);

export const engineFields = {
  engine: z
    .enum(["onnxruntime", "torch"])
    .default("onnxruntime")
    .meta({ description: "what makes the updates: ONNX Runtime here, or PyTorch" }),
  processes: count.default(1).meta({ description: "torch: processes on each machine" }),
  nodes: count.default(1).meta({ description: "torch: machines" }),
  rendezvous: z
    .string()
    .optional()
    .meta({ description: "torch: host:port on which several machines find each other" }),
  device: z
    .enum(["auto", "cpu", "cuda"])
    .default("auto")
    .meta({ description: "torch: where to compute; auto takes a GPU where there is one" }),
  precision: z.enum(["float32", "bfloat16"]).default("float32").meta({
    description: "torch: of products; weights, sums and the optimizer stay in float32",
  }),
  nativeDropout: z.boolean().default(false).meta({
    description: "torch: its own dropout, faster but other masks in every run",
  }),
  compile: z.boolean().default(false).meta({ description: "torch: torch.compile the model" }),
  shard: z.boolean().default(false).meta({
    description: "torch: share weights, gradients and moments out over the processes (FSDP)",
  }),
  timeOut: z.number().positive().default(1800).meta({
    description: "torch: silence after which workers are taken to hang",
    unit: "seconds",
  }),
  job: z.string().optional().meta({
    description:
      "torch: write the run as a job folder for another machine; with --resume, take its results in",
  }),
};

type EngineOptions = z.output<z.ZodObject<typeof engineFields>> & {
  readonly optimizer?: string | undefined;
  readonly baseQuantization?: string | undefined;
};

/**
 * The engine asked for; undefined is ONNX Runtime.
 * @throws UsageError `usage.engine` for settings that only another engine has; RuntimeFailure without PyTorch
 */
export async function engineOf(options: EngineOptions): Promise<StartEngine | undefined> {
  if (options.shard && options.optimizer === "adafactor") {
    throw new UsageError("usage.engine", "--shard divides the matrices that Adafactor averages", {
      expected: "--optimizer adamw",
      got: "--optimizer adafactor",
    });
  }
  if (options.engine === "torch" && (options.baseQuantization ?? "none") !== "none") {
    throw new UsageError("usage.engine", "only ONNX Runtime here holds a base in few bits", {
      expected: "--engine onnxruntime, or --base-quantization none",
      got: `--engine torch --base-quantization ${options.baseQuantization}`,
    });
  }
  if (options.engine === "torch") return torchEngine(options);
  const names = Object.keys(engineFields) as (keyof typeof engineFields)[];
  const changed = names.find((name) => {
    const { data } = engineFields[name].safeParse(undefined);
    return options[name] !== data;
  });
  if (changed === undefined) return undefined;
  throw new UsageError("usage.engine", `${changed} is a setting of another engine`, {
    expected: "--engine torch",
    got: "--engine onnxruntime",
  });
}

const { nodes: _nodes, rendezvous: _rendezvous, shard: _shard, job: _job, ...local } = engineFields;

/** The same for verbs of many short trainings: on this machine, each on whole weights. */
export const localEngineFields = local;

type LocalEngineOptions = z.output<z.ZodObject<typeof local>>;

/**
 * The engine that a lab asks for; undefined is ONNX Runtime.
 * @throws UsageError, RuntimeFailure as {@link engineOf}
 */
export async function labEngineOf(options: LocalEngineOptions): Promise<LabEngine | undefined> {
  const start = await engineOf({ ...options, nodes: 1, shard: false });
  if (start === undefined) return undefined;
  const { engine, processes, precision, nativeDropout, compile } = options;
  return { start, settings: { engine, processes, precision, nativeDropout, compile } };
}

/** Flags that ask a worker of the lab for the same. */
export function engineFlagsOf(options: LocalEngineOptions): string[] {
  const names = Object.keys(local) as (keyof typeof local)[];
  return names.flatMap((name) => {
    const { data } = local[name].safeParse(undefined);
    if (options[name] === data) return [];
    return options[name] === true
      ? [`--${kebabCase(name)}`]
      : [`--${kebabCase(name)}`, String(options[name])];
  });
}

/** What makes a run the same run: either engine may continue it. */
export function withoutEngine(
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const names = Object.keys(engineFields);
  return Object.fromEntries(Object.entries(config).filter(([name]) => !names.includes(name)));
}
