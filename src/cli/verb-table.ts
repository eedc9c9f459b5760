/**
 * @file The verbs, in the order help shows them. Only this table is read before a verb is chosen.
 *
 * To add a verb:
 * 1. Write `verbs/<name>.ts` (a nested one: `verbs/<group>-<name>.ts`) that exports
 *    `const verb = defineVerb({ arguments, options, examples, run })`; see verb.ts.
 * 2. Add its row here: the name, a summary, and `load`, whose `import()` keeps the start fast.
 * 3. Test it beside its file with `runCli([...])` of test/run-cli.ts.
 * The table's own test then checks its descriptions and runs its examples through the parser.
 */
import type { Verb } from "./verb.ts";

/** A verb that runs. */
export interface VerbRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

/** A name that only holds other verbs, as in `codet5 tokenizer train`. */
interface GroupRow {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly VerbRow[];
}

export type Row = VerbRow | GroupRow;

export const verbTable: readonly Row[] = [
  {
    name: "demo",
    summary: "fine-tune a small CodeT5 and show what it learned",
    load: () => import("./verbs/demo.ts"),
  },
  {
    name: "pretrain",
    summary: "pre-train a model on a corpus of source code",
    load: () => import("./verbs/pretrain.ts"),
  },
  {
    name: "finetune",
    summary: "train a task's model, from scratch or from a checkpoint",
    load: () => import("./verbs/finetune.ts"),
  },
  {
    name: "multitask",
    summary: "train one model for several tasks at once",
    load: () => import("./verbs/multitask.ts"),
  },
  {
    name: "evaluate",
    summary: "score a model on a task",
    load: () => import("./verbs/evaluate.ts"),
  },
  {
    name: "metric",
    summary: "score predictions against references, from files",
    load: () => import("./verbs/metric.ts"),
  },
  {
    name: "generate",
    summary: "text in, text out",
    load: () => import("./verbs/generate.ts"),
  },
  {
    name: "summarize",
    summary: "say what each function does",
    load: () => import("./verbs/summarize.ts"),
  },
  {
    name: "translate",
    summary: "write each function in another language",
    load: () => import("./verbs/translate.ts"),
  },
  {
    name: "refine",
    summary: "mend each function",
    load: () => import("./verbs/refine.ts"),
  },
  {
    name: "classify",
    summary: "tell how likely each function is to be vulnerable",
    load: () => import("./verbs/classify.ts"),
  },
  {
    name: "tokenizer",
    summary: "train and use byte-level BPE tokenizers",
    verbs: [
      {
        name: "train",
        summary: "learn a new vocabulary from text",
        load: () => import("./verbs/tokenizer-train.ts"),
      },
      {
        name: "encode",
        summary: "turn text into token ids",
        load: () => import("./verbs/tokenizer-encode.ts"),
      },
      {
        name: "decode",
        summary: "turn token ids into text",
        load: () => import("./verbs/tokenizer-decode.ts"),
      },
      {
        name: "import",
        summary: "make a tokenizer folder of CodeT5's two vocabulary files",
        load: () => import("./verbs/tokenizer-import.ts"),
      },
      {
        name: "inspect",
        summary: "show what a tokenizer is made of",
        load: () => import("./verbs/tokenizer-inspect.ts"),
      },
      {
        name: "compare",
        summary: "count the tokens several vocabularies need for the same code",
        load: () => import("./verbs/tokenizer-compare.ts"),
      },
    ],
  },
  {
    name: "syntax",
    summary: "show the functions and identifiers of a source file",
    load: () => import("./verbs/syntax.ts"),
  },
  {
    name: "corpus",
    summary: "collect source code to pre-train on",
    verbs: [
      {
        name: "build",
        summary: "make a corpus of folders of source code",
        load: () => import("./verbs/corpus-build.ts"),
      },
      {
        name: "stats",
        summary: "count functions, docstrings and identifiers per language",
        load: () => import("./verbs/corpus-stats.ts"),
      },
      {
        name: "tasks",
        summary: "make data for summarisation and clone detection of a corpus",
        load: () => import("./verbs/corpus-tasks.ts"),
      },
    ],
  },
  {
    name: "data",
    summary: "import, make, count, clean and split labelled samples",
    verbs: [
      {
        name: "import",
        summary: "read a data set on disk, stripped of what tells the labels",
        load: () => import("./verbs/data-import.ts"),
      },
      {
        name: "generate",
        summary: "write the parallel corpus: weaknesses in 13 languages",
        load: () => import("./verbs/data-generate.ts"),
      },
      {
        name: "stats",
        summary: "count samples, pairs, groups and copies",
        load: () => import("./verbs/data-stats.ts"),
      },
      {
        name: "dedup",
        summary: "remove copies: exact, renamed, near",
        load: () => import("./verbs/data-dedup.ts"),
      },
      {
        name: "split",
        summary: "divide by group, by unseen language or by date",
        load: () => import("./verbs/data-split.ts"),
      },
      {
        name: "leaks",
        summary: "check whether words alone tell the labels",
        load: () => import("./verbs/data-leaks.ts"),
      },
    ],
  },
  {
    name: "lab",
    summary: "study how models tell vulnerable code in languages they never learned it in",
    verbs: [
      {
        name: "run",
        summary: "run an experiment: train, freeze thresholds, test on unseen languages",
        load: () => import("./verbs/lab-run.ts"),
      },
      {
        name: "report",
        summary: "write what a lab found as HTML and Markdown",
        load: () => import("./verbs/lab-report.ts"),
      },
      {
        name: "claims",
        summary: "test the ten claims about CodeT5 with the evidence at hand",
        load: () => import("./verbs/lab-claims.ts"),
      },
      {
        name: "injections",
        summary: "measure how often judged code talks a model into the wrong answer",
        load: () => import("./verbs/lab-injections.ts"),
      },
    ],
  },
  {
    name: "model",
    summary: "look into models, fetch, export and merge them",
    verbs: [
      {
        name: "inspect",
        summary: "show architecture, head, parameters, tokenizer and checksums",
        load: () => import("./verbs/model-inspect.ts"),
      },
      {
        name: "fetch",
        summary: "bring a model of the Hugging Face hub onto this machine",
        load: () => import("./verbs/model-fetch.ts"),
      },
      {
        name: "export",
        summary: "write a model for transformers.js or Python, whole or in fewer bits",
        load: () => import("./verbs/model-export.ts"),
      },
      {
        name: "merge",
        summary: "add an adapter to the weights of its base, as one model folder",
        load: () => import("./verbs/model-merge.ts"),
      },
    ],
  },
  {
    name: "graph",
    summary: "look into the graphs a model runs",
    verbs: [
      {
        name: "show",
        summary: "print a graph as text",
        load: () => import("./verbs/graph-show.ts"),
      },
      {
        name: "stats",
        summary: "count nodes, parameters and operations per token",
        load: () => import("./verbs/graph-stats.ts"),
      },
    ],
  },
  {
    name: "bench",
    summary: "measure speed and memory on this machine",
    verbs: [
      {
        name: "train",
        summary: "time training steps against the machine's matrix-product rate",
        load: () => import("./verbs/bench-train.ts"),
      },
      {
        name: "torch",
        summary: "time steps on PyTorch beside ours and a T5 written by hand",
        load: () => import("./verbs/bench-torch.ts"),
      },
      {
        name: "generate",
        summary: "time greedy, beam and batched generation",
        load: () => import("./verbs/bench-generate.ts"),
      },
      {
        name: "classify",
        summary: "time the classification of functions, and watch memory",
        load: () => import("./verbs/bench-classify.ts"),
      },
      {
        name: "llama",
        summary: "measure a Llama in 4 bits beside llama.cpp's, in turns",
        load: () => import("./verbs/bench-llama.ts"),
      },
      {
        name: "syntax",
        summary: "time the analysis of source code, per language",
        load: () => import("./verbs/bench-syntax.ts"),
      },
      {
        name: "data",
        summary: "import, removal of copies and split at scale: time and memory",
        load: () => import("./verbs/bench-data.ts"),
      },
    ],
  },
  {
    name: "doctor",
    summary: "check this machine, or a model folder",
    load: () => import("./verbs/doctor.ts"),
  },
];
