/** @file The ten claims about CodeT5, each with its tests: functions from evidence to findings. */
import { hasChecksums, verifyChecksums } from "../../checkpoint/index.ts";
import type { Evidence } from "./evidence.ts";
import {
  architectures,
  armDifferences,
  cardScores,
  type Finding,
  isBaseline,
  modelDifferences,
  pairLeads,
} from "./findings.ts";

/** One way to test a part of a claim. */
export interface ClaimTest {
  /** What would have to be so. */
  readonly part: string;
  /** What to run where the evidence is not there. */
  readonly needs: string;
  readonly find: (evidence: Evidence, seed: number) => readonly Finding[];
}

/** A claim of the source document. */
export interface Claim {
  readonly number: number;
  readonly text: string;
  readonly tests: readonly ClaimTest[];
}

const starts = "tsx scripts/compare-starts.ts --model FOLDER --task TASK --data DATA --out DIR";
const ablation =
  "tsx scripts/ablation.ts --corpus C --translate D --refine D --vulnerability F --out DIR";
const lab = "codet5 lab run EXPERIMENT --out LAB";

const ordinary = ({ runs }: Evidence) => runs.filter(({ kind }) => kind === "runs");
const natural = ({ runs }: Evidence) => runs.filter(({ kind }) => kind === "natural");
const fromScratch = ["checkpoint", "scratch"] as const;

/** The part that a network of its kind trained from scratch is outdone. */
function overScratch(
  part: string,
  kind: "understanding" | "generation",
  tasks?: readonly string[],
) {
  const named = tasks === undefined ? "TASK" : tasks.join(" or ");
  return {
    part,
    needs: starts.replace("TASK", named),
    find: (evidence) =>
      armDifferences(
        ordinary(evidence),
        fromScratch,
        kind,
        (task) => tasks === undefined || tasks.includes(task),
      ),
  } satisfies ClaimTest;
}

function withoutTask(part: string, arm: string, kind: "understanding" | "generation"): ClaimTest {
  return {
    part,
    needs: ablation,
    find: (evidence) => armDifferences(ordinary(evidence), ["full", arm], kind),
  };
}

function overFamilies(kind: "encoder-only" | "decoder-only"): ClaimTest {
  const families = architectures[kind];
  return {
    part: `it tells vulnerable code better than ${kind} models`,
    needs: `${lab} with a model of the families ${families.join(", ")}`,
    find: (evidence, seed) => {
      return modelDifferences(evidence, (family) => families.includes(family), seed);
    },
  };
}

/** CodeT5's model that was never taught masked identifiers recovers so many: Wang et al. 2021, Table 7. */
const neverTaught = 0.0294;
/** Fewer than one token in ten told wrongly. */
const tellsIdentifiers = 0.9;

export const claims: readonly Claim[] = [
  {
    number: 1,
    text: "Pre-trained models transfer from natural to programming languages.",
    tests: [
      {
        part: "a checkpoint of natural language is a better start than none, for understanding",
        needs: `${starts}, FOLDER a model that read natural language only; then natural=DIR`,
        find: (evidence) => armDifferences(natural(evidence), fromScratch, "understanding"),
      },
      {
        part: "and for generation",
        needs: `${starts}, FOLDER a model that read natural language only; then natural=DIR`,
        find: (evidence) => armDifferences(natural(evidence), fromScratch, "generation"),
      },
    ],
  },
  {
    number: 2,
    text:
      "Encoder-only and decoder-only pre-training is sub-optimal, and processing code like natural language " +
      "neglects token types.",
    tests: [
      overFamilies("encoder-only"),
      overFamilies("decoder-only"),
      withoutTask(
        "token types help: identifier tagging in pre-training raises understanding",
        "without identifier tagging",
        "understanding",
      ),
    ],
  },
  {
    number: 3,
    text: "CodeT5 leverages the semantics carried by identifiers that developers chose.",
    tests: [
      withoutTask(
        "masked identifiers in pre-training raise understanding",
        "without masked identifiers",
        "understanding",
      ),
      withoutTask("and generation", "without masked identifiers", "generation"),
    ],
  },
  {
    number: 4,
    text: "One framework serves understanding and generation and allows multi-task learning.",
    tests: [
      overScratch("its checkpoint is a better start for understanding", "understanding"),
      overScratch("and for generation", "generation"),
      {
        part: "one model for several tasks is better than one for each, in generation",
        needs:
          "results.jsonl with arms multitask and single, of codet5 multitask and codet5 finetune",
        find: (evidence) =>
          armDifferences(ordinary(evidence), ["multitask", "single"], "generation"),
      },
    ],
  },
  {
    number: 5,
    text: "The identifier-aware task lets the model tell which tokens are identifiers, and recover them when masked.",
    tests: [
      {
        part: `it tells identifiers: F1 of tagging above ${tellsIdentifiers}`,
        needs: "a model's folder whose card has its scores, such as models/codet5-mini",
        find: (evidence) => cardScores(evidence, "taggingF1", tellsIdentifiers),
      },
      {
        part: `it recovers more than the paper's model that was never taught to (${neverTaught})`,
        needs: "a model's folder whose card has its scores, such as models/codet5-mini",
        find: (evidence) => cardScores(evidence, "identifierAccuracy", neverTaught),
      },
    ],
  },
  {
    number: 6,
    text: "Comments used by bimodal dual generation align natural and programming language better.",
    tests: [
      withoutTask(
        "dual generation in pre-training raises generation",
        "without dual generation",
        "generation",
      ),
    ].map((test) => ({
      ...test,
      needs: "results.jsonl with arms full and without dual generation, tuned to summarize",
    })),
  },
  {
    number: 7,
    text: "CodeT5 beats prior methods on understanding (defect and clone detection).",
    tests: [
      {
        part: "it tells vulnerable code better than a bag of words",
        needs: lab,
        find: (evidence, seed) => modelDifferences(evidence, isBaseline, seed),
      },
      overFamilies("encoder-only"),
      overScratch("it is better than the same network from scratch", "understanding"),
    ],
  },
  {
    number: 8,
    text: "And on generation: PL to NL, NL to PL, PL to PL.",
    tests: [
      overScratch("code to text: better than from scratch", "generation", ["summarize"]),
      overScratch("text to code: better than from scratch", "generation", ["concode"]),
      overScratch("code to code: better than from scratch", "generation", ["translate", "refine"]),
    ],
  },
  {
    number: 9,
    text: "It captures semantic information of code better.",
    tests: [
      {
        part: "of a pair that differs in meaning alone, it tells the vulnerable one more often than not",
        needs: lab,
        find: (evidence) => pairLeads(evidence),
      },
    ],
  },
  {
    number: 10,
    text: "Code and models are released (here: they run).",
    tests: [
      {
        part: "every training that a lab planned ran and answered",
        needs: lab,
        find: ({ labs }) =>
          labs.map(({ path, folder: { cells, missing } }) => {
            const planned = cells.length + missing.length;
            return certain(`share of ${planned} trainings`, cells.length / planned, path);
          }),
      },
      {
        part: "the shipped files are whole",
        needs: "a model's folder with checksums.json, such as models/codet5-mini",
        find: ({ cards }) =>
          cards
            .filter(({ path }) => hasChecksums(path))
            .map(({ path }) => certain(`${verifyChecksums(path).length} files intact`, 1, path)),
      },
    ],
  },
];

/** A count, not an estimate: all or not. */
function certain(what: string, value: number, path: string): Finding {
  return { what, value, low: value, high: value, pValue: Number.NaN, bar: 1 - 1e-9, path };
}
