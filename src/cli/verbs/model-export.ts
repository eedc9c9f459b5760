/** @file `codet5 model export`: a model for transformers.js, for Python, for llama.cpp, in fewer bits. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../../base/index.ts";
import { currentFolder } from "../../checkpoint/index.ts";
import { exportFormats, exportModel, quantizations } from "../../export/index.ts";
import { loadModel, withoutAdapter } from "../../model/index.ts";
import { loadTokenizer } from "../../tokenizer/index.ts";
import { formatBytes } from "../checks.ts";
import { ggufPrecisions, writeGgufFile } from "../export-gguf.ts";
import { type Quality, qualityBefore, writingTasks } from "../export-quality.ts";
import { modelField, subTaskField } from "../run-fields.ts";
import { formatTable } from "../table.ts";
import { defineVerb, type Result } from "../verb.ts";

const size = z.int().min(1);

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    model: modelField,
    out: z.string().meta({ description: "folder to write, of gguf a file, not there yet" }),
    format: z
      .enum([...exportFormats, "gguf"])
      .default("onnx")
      .meta({
        description:
          "onnx: what transformers.js loads; huggingface: what Python's transformers loads; gguf: what llama.cpp loads, of an adapter folder an adapter",
      }),
    quantize: z
      .enum([...quantizations, ...ggufPrecisions])
      .default("none")
      .meta({
        description: `weights in fewer bits: int8 or int4; of gguf ${ggufPrecisions.join(", ")}`,
      }),
    task: z.enum(writingTasks).optional().meta({
      description: "score the model before and after on this task",
      defaultText: "no score",
    }),
    data: z.string().optional().meta({ description: "the task's data", defaultText: "none" }),
    subTask: subTaskField,
    split: z.enum(["validation", "test"]).default("test").meta({ description: "part to score" }),
    limit: size
      .optional()
      .meta({ description: "score only the first so many", unit: "examples", defaultText: "all" }),
    batchSize: size.default(16).meta({ description: "examples decoded together" }),
  }),
  examples: [
    {
      command: "codet5 model export --model runs/java-cs/best --out web-model --quantize int8",
      text: "for transformers.js, in 8 bits",
    },
    {
      command:
        "codet5 model export --model runs/java-cs/best --out small --quantize int4 --task translate --data translate --limit 100",
      text: "and what the 4 bits cost, on 100 pairs",
    },
    {
      command: "codet5 model export --model Salesforce/codet5-small --out py --format huggingface",
      text: "a folder that Python's transformers reads",
    },
    {
      command: "codet5 model export --model llama --out llama.gguf --format gguf --quantize q4_0",
      text: "a Llama or Mistral for llama.cpp, in 4 bits; of an adapter folder its adapter",
    },
  ],
  async run(call) {
    const { options } = call;
    const { task, data, format, quantize: quantization } = options;
    if ((task === undefined) !== (data === undefined)) throw oneWithoutOther(task);
    if (format === "gguf") return exportGguf(options);
    if (!isOne(quantizations, quantization)) throw otherFormat(format, quantization);
    const model = withoutAdapter(await loadModel(options.model));
    const tokenizer = await loadTokenizer(options.model);
    const original = { model, tokenizer, source: options.model };
    const measure =
      task === undefined || data === undefined
        ? undefined
        : await qualityBefore(original, { ...options, task, data }, call);
    const settings = { format, quantization, copies: taskFilesOf(options.model) };
    const files = await exportModel(model, tokenizer, options.out, settings);
    const quality = await measure?.({ folder: options.out, ...settings });
    await model.release();
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const json = { format, quantization, folder: options.out, bytes, files };
    return {
      json: { ...json, ...(quality === undefined ? {} : { quality }) },
      text: `${textOf(json)}${quality === undefined ? "" : `\n\n${qualityText(quality)}`}`,
    };
  },
});

const isOne = <T extends string>(choices: readonly T[], value: string): value is T =>
  (choices as readonly string[]).includes(value);

interface GgufOptions {
  readonly model: string;
  readonly out: string;
  readonly quantize: string;
  readonly task?: string | undefined;
}

async function exportGguf({ model, out, quantize, task }: GgufOptions): Promise<Result> {
  if (task !== undefined) throw notScored();
  const precision = quantize === "none" ? "f32" : quantize;
  if (!isOne(["f32", ...ggufPrecisions], precision)) throw otherFormat("gguf", quantize);
  const { kind, bytes } = await writeGgufFile(model, out, precision);
  const json = { format: "gguf", quantization: quantize, kind, file: out, bytes };
  return { json, text: `${formatBytes(bytes)} in ${out}, ${kind}` };
}

function otherFormat(format: string, got: string): UsageError {
  const choices = format === "gguf" ? ["none", ...ggufPrecisions] : quantizations;
  const expected = choices.join(", ");
  return new UsageError("export.quantize", `the format ${format} has no such weights`, {
    expected,
    got,
  });
}

function notScored(): UsageError {
  return new UsageError("export.task", "no task is scored with a GGUF file", {
    expected: "--format onnx or huggingface with --task",
    got: "--format gguf",
  });
}

/** How a model was fine-tuned goes with it. */
function taskFilesOf(folder: string): string[] {
  const path = join(currentFolder(folder), "task.json");
  return existsSync(path) ? [path] : [];
}

function oneWithoutOther(task: string | undefined): UsageError {
  return new UsageError("export.task", "a score needs a task and its data", {
    expected: "--task and --data, or neither",
    got: task === undefined ? "--data alone" : "--task alone",
  });
}

interface Written {
  readonly folder: string;
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

function textOf({ folder, bytes, files }: Written): string {
  const table = formatTable(
    ["file", "bytes"],
    files.map((file) => [file.name, file.bytes]),
  );
  return `${formatBytes(bytes)} in ${folder}\n\n${table}`;
}

function qualityText({ before, after, sameTexts, examples }: Quality): string {
  const names = Object.keys(before).filter((name) => name in after);
  const figure = (value: number | undefined) => Number((value ?? 0).toFixed(4));
  const rows = names.map((name) => [name, figure(before[name]), figure(after[name])]);
  const table = formatTable(["figure", "before", "after"], rows);
  return `${table}\nthe same text for ${sameTexts} of ${examples} examples`;
}
