/** @file `codet5 bench generate`: the speed of generation beside a reference's. */
import { z } from "zod";
import { ConfigError } from "../../base/index.ts";
import {
  benchAgainstTransformers,
  benchGenerate,
  type GenerateMode,
  generateModes,
  livelyModel,
  type ModeFigures,
  randomSources,
} from "../../bench/index.ts";
import { defaultThreads, runtimeInfo } from "../../runtime/index.ts";
import { againstText, wantedRatios } from "../against-report.ts";
import { type ModelShape, modelConfigOf, shapeFields } from "../bench-shape.ts";
import { formatBytes } from "../checks.ts";
import { formatTable } from "../table.ts";
import { type Call, defineVerb, type Result } from "../verb.ts";

const count = z.int().min(1).max(1_000_000);

/** CodeT5-small, 60 million parameters. */
const codeT5Small = { dModel: 512, numLayers: 6, numHeads: 8, dFf: 2048 } as const;

/**
 * Tokens/s of Hugging Face `generate` (PyTorch 1.13, 2 cores, fp32) at CodeT5-small's shape with 256
 * source tokens, measured once for this project's requirements, and the speed-up it asks for.
 */
const huggingFace = {
  greedy: { tokensPerSecond: 35, wantedSpeedUp: 2 },
  beam: { tokensPerSecond: 7.2, wantedSpeedUp: 3 },
  batch: { tokensPerSecond: 88, wantedSpeedUp: 2 },
} as const satisfies Record<GenerateMode, object>;

/** Where the reference's figures hold. */
const referenceSetting = {
  ...codeT5Small,
  vocabSize: 32_100,
  dKv: 64,
  sourceLength: 256,
  numBeams: 10,
  batchSize: 16,
} as const;

/** A late token may cost this many times an early one. */
const mostPositionRatio = 1.5;

export const verb = defineVerb({
  arguments: [],
  options: z.strictObject({
    ...shapeFields(codeT5Small),
    sourceLength: count.default(256).meta({ description: "source length", unit: "tokens" }),
    newTokens: count.min(2).default(208).meta({
      description: "tokens generated for each example",
      unit: "tokens",
    }),
    numBeams: z.int().min(2).max(1000).default(10).meta({ description: "beams of beam search" }),
    batchSize: count.max(1000).default(16).meta({
      description: "examples of the greedy batch",
      unit: "examples",
    }),
    earlyPosition: count.min(2).default(20).meta({
      description: "position whose cost the late one is compared with",
      unit: "tokens",
    }),
    latePosition: count.min(2).default(200).meta({
      description: "late position, at most --new-tokens",
      unit: "tokens",
    }),
    against: z.enum(["transformers.js"]).optional().meta({
      description: "measure another library beside ours on the same model: greedy, one and a batch",
      defaultText: "none",
    }),
    repeats: count.max(1000).default(3).meta({ description: "times each mode is measured" }),
  }),
  examples: [
    { command: "codet5 bench generate --json", text: "the full benchmark, some minutes" },
    {
      command: "codet5 bench generate --new-tokens 64 --late-position 60 --repeats 1",
      text: "a quick look",
    },
    {
      command: "codet5 bench generate --against transformers.js --json",
      text: "the same tokens by transformers.js, by us, by us in 8 bits: ratios",
    },
  ],
  async run(call) {
    const { options, progress } = call;
    if (options.against !== undefined) return runAgainst(options, call);
    checkPositions(options);
    const total = generateModes.length * options.repeats;
    const display = progress({ label: "bench", total, unit: "call" });
    display.update(0);
    const bench = { ...options, modelConfig: modelConfigOf(options) };
    const { modes, peakRssBytes } = await benchGenerate(bench, (done, _total, mode) =>
      display.update(done, { mode }),
    );
    display.stop();
    const reference = isReferenceSetting(options) ? huggingFace : null;
    const machine = { threads: defaultThreads(), ...runtimeInfo() };
    const compared = compare(modes, reference);
    const json = { options, machine, modes: compared, reference, mostPositionRatio, peakRssBytes };
    return { json, text: textOf(compared, peakRssBytes) };
  },
});

type Options = ModelShape & {
  readonly seed: number;
  readonly sourceLength: number;
  readonly newTokens: number;
  readonly batchSize: number;
  readonly repeats: number;
};

async function runAgainst(options: Options, { progress }: Pick<Call, "progress">): Promise<Result> {
  const { seed, batchSize, newTokens, repeats } = options;
  const model = livelyModel(modelConfigOf(options), seed);
  const batches = [1, batchSize].map((size) => randomSources(options, size, options.vocabSize));
  let display: ReturnType<typeof progress> | undefined;
  const measured = await benchAgainstTransformers(
    { model, batches, newTokens, repeats },
    (done, total) => {
      display ??= progress({ label: "bench", total, unit: "call" });
      display.update(done);
    },
  );
  display?.stop();
  const machine = { threads: defaultThreads(), ...runtimeInfo() };
  const json = { options, machine, batches: measured, wanted: wantedRatios };
  return { json, text: againstText(measured) };
}

function checkPositions(options: {
  readonly earlyPosition: number;
  readonly latePosition: number;
  readonly newTokens: number;
}): void {
  const { earlyPosition, latePosition, newTokens } = options;
  if (earlyPosition < latePosition && latePosition <= newTokens) return;
  throw new ConfigError("bench.positions", "positions do not fit the tokens generated", {
    expected: "earlyPosition < latePosition <= newTokens",
    got: `${earlyPosition}, ${latePosition}, ${newTokens}`,
  });
}

function isReferenceSetting(options: ModelShape & Readonly<Record<string, unknown>>): boolean {
  return Object.entries(referenceSetting).every(([key, value]) => options[key] === value);
}

type Compared = Record<GenerateMode, ModeFigures & { readonly speedUp: number | null }>;

function compare(
  modes: Readonly<Record<GenerateMode, ModeFigures>>,
  reference: typeof huggingFace | null,
): Compared {
  const compared = generateModes.map((mode) => {
    const { tokensPerSecond } = modes[mode];
    const speedUp = reference === null ? null : tokensPerSecond / reference[mode].tokensPerSecond;
    return [mode, { ...modes[mode], speedUp }] as const;
  });
  return Object.fromEntries(compared) as Compared;
}

function textOf(modes: Compared, peakRssBytes: number): string {
  const rows = generateModes.map((mode) => {
    const figures = modes[mode];
    const { speedUp } = figures;
    return [
      `${mode} (${figures.examples} x ${figures.numBeams})`,
      figures.tokensPerSecond.toFixed(1),
      speedUp === null ? null : huggingFace[mode].tokensPerSecond,
      speedUp === null ? null : `${speedUp.toFixed(1)} x`,
      speedUp === null ? null : `>= ${huggingFace[mode].wantedSpeedUp} x`,
      figures.earlyTokenMs.toFixed(2),
      figures.lateTokenMs.toFixed(2),
      figures.positionRatio.toFixed(2),
      figures.encoderRuns,
      figures.encodeMs.toFixed(1),
    ];
  });
  const right = (header: string) => ({ header, align: "right" as const });
  const headers = [
    "tokens/s",
    "Hugging Face",
    "speed-up",
    "wanted",
    "early ms",
    "late ms",
    "late/early",
    "encoder runs",
    "encode ms",
  ];
  const table = formatTable(["mode (examples x beams)", ...headers.map(right)], rows);
  return `${table}\npeak memory ${formatBytes(peakRssBytes)}`;
}
