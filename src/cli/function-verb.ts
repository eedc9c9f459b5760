/** @file Verbs that ask a model about every function of some files: `summarize`, `translate`, `refine`. */
import { z } from "zod";
import { ConfigError } from "../base/index.ts";
import { loadModel } from "../model/index.ts";
import { languageNames } from "../syntax/index.ts";
import { generateTexts, readTaskFile, type TaskName, tasks } from "../tasks/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import { type FunctionSource, readFunctionSources } from "./function-sources.ts";
import { writeLines } from "./output-file.ts";
import { modelField, quantizationField } from "./run-fields.ts";
import { askedAs } from "./tuned-task.ts";
import { defineVerb, type Verb } from "./verb.ts";

const size = z.int().min(1);

const options = z.strictObject({
  files: z.array(z.string()).default([]).meta({
    description: "source files, each function an input",
    defaultText: "standard input",
  }),
  model: modelField,
  quantization: quantizationField,
  language: z.enum(languageNames).optional().meta({
    description: "language of the input",
    defaultText: "by the file's name; without one a text is one input",
  }),
  subTask: z.string().optional().meta({
    description: "which of the task's forms",
    defaultText: "the model's",
  }),
  numBeams: size.default(4).meta({ description: "hypotheses kept while searching" }),
  batchSize: size.default(8).meta({ description: "functions decoded together" }),
  maxSourceLength: size
    .optional()
    .meta({ description: "longest input", unit: "tokens", defaultText: "the model's" }),
  maxTargetLength: size
    .optional()
    .meta({ description: "longest output", unit: "tokens", defaultText: "the model's" }),
  output: z
    .string()
    .optional()
    .meta({ description: "write one JSON object per function to this file" }),
});

/** What is particular to one verb. */
interface FunctionVerb {
  readonly task: TaskName;
  /** Whether a model that was only pre-trained can be asked. */
  readonly isPretrained: boolean;
  /** How an answer follows the place it is about, on a terminal. */
  readonly show: (place: string, text: string) => string;
  readonly examples: Verb["examples"];
}

export function defineFunctionVerb({
  task: name,
  isPretrained,
  show,
  examples,
}: FunctionVerb): Verb {
  return defineVerb({
    arguments: ["files"],
    options,
    examples,
    async run({ options: settings, stdin, write, warn, log }) {
      const task = tasks[name];
      if (!isPretrained) requireTuned(name, settings.model);
      const asked = { ...settings, ...askedAs(task, settings.model, settings) };
      const inputs = await readFunctionSources(settings.files, settings.language, stdin);
      const { quantization } = settings;
      const model = await loadModel(settings.model, { quantization, onNews: log });
      const tokenizer = await loadTokenizer(settings.model);
      const results: (Omit<FunctionSource, "code"> & { readonly text: string })[] = [];
      for (let at = 0; at < inputs.length; at += settings.batchSize) {
        const batch = inputs.slice(at, at + settings.batchSize);
        const sources = batch.map(({ code }) => ({ source: onOneLine(code) }));
        const texts = await generateTexts(model, tokenizer, sources, {
          ...asked,
          onTruncated: (count) => warn(`${count} functions were longer than the limit and cut`),
        });
        batch.forEach(({ code: _code, ...place }, i) => {
          const text = withoutTag(texts[i]!);
          results.push({ ...place, text });
          write(`${inputs.length === 1 ? text : show(placeOf(place), text)}\n`);
        });
      }
      await model.release();
      const { output } = settings;
      const exitCode = output === undefined ? 0 : writeLines(output, results, warn);
      return { json: { results }, exitCode };
    },
  });
}

/** @throws ConfigError `task.untuned` */
function requireTuned(task: TaskName, model: string): void {
  const known = readTaskFile(model);
  if (known.some((one) => one.task === task)) return;
  throw new ConfigError("task.untuned", `this model has not learned to ${task}`, {
    expected: `a model fine-tuned for ${task}`,
    got:
      known.length === 0 ? "one that was not fine-tuned" : known.map((one) => one.task).join(", "),
    where: model,
    help: `codet5 finetune ${task} --model ${model} makes one`,
  });
}

/** White space folded, as the tasks' data has it. */
function onOneLine(code: string): string {
  return code.split(/\s+/).filter(Boolean).join(" ");
}

/** Dual generation begins a text with its language: `<en> `. */
function withoutTag(text: string): string {
  return text.replace(/^<[^\s<>]+> /, "");
}

function placeOf({ file, line, name }: Omit<FunctionSource, "code">): string {
  return [file ?? "-", line, ...(name === "" ? [] : [` ${name}`])].join(":").replace(": ", " ");
}
