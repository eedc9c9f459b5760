/** @file `codet5 pretrain`: the paper's two stages, or a family it is measured against, on a corpus of ours. */
import { z } from "zod";
import { describeModel, type ModelType } from "../../model/index.ts";
import { type ObjectiveName, objectives as table } from "../../objectives/index.ts";
import { objectivesFor, pretrain } from "../../pretraining/index.ts";
import { languageNames } from "../../syntax/index.ts";
import { trainFields } from "../../train/index.ts";
import { engineFields, engineOf, withoutEngine } from "../engine-fields.ts";
import { loraFields, loraOf } from "../lora-fields.ts";
import { runFields, widthFields } from "../run-fields.ts";
import { watchTraining } from "../training-display.ts";
import { defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

const names = Object.keys(table) as [ObjectiveName, ...ObjectiveName[]];
const size = z.int().min(1);
const { batchSize, ...fields } = trainFields;

/** The same field with a default for pre-training. */
function withDefault<T extends z.ZodType>(
  field: z.ZodDefault<T>,
  value: z.core.util.NoUndefined<z.output<T>>,
) {
  return field
    .unwrap()
    .default(value)
    .meta({ ...field.meta() });
}

/** The family of the model to continue from, or of the one to be made. */
function familyFor({
  model,
  modelType = "t5",
}: {
  readonly model?: string | undefined;
  readonly modelType?: ModelType | undefined;
}) {
  return model === undefined ? modelType : describeModel(model).spec.modelType;
}

export const verb = defineVerb({
  arguments: ["corpus"],
  options: z.strictObject({
    corpus: z.array(z.string()).min(1).meta({ description: "folders of codet5 corpus build" }),
    weights: z
      .array(z.number().positive())
      .default([])
      .meta({ description: "per corpus, how often its functions come in an epoch; default 1" }),
    leaveOut: z
      .array(z.enum(languageNames))
      .default([])
      .meta({ description: "languages never read, to see later how the model does on them" }),
    samplingExponent: z.number().gt(0).max(1).default(1).meta({
      description:
        "a language with n functions is drawn in proportion to n^x: below 1, small ones come more often",
    }),
    ...runFields,
    objectives: z.array(z.enum(names)).default([]).meta({
      description: "drawn with equal probability, one a step",
      defaultText:
        "the family's: maskedSpanPrediction, identifierTagging, maskedIdentifierPrediction; nextTokenPrediction; maskedLanguageModelling",
    }),
    maxSourceLength: size.default(512).meta({ description: "longest source", unit: "tokens" }),
    maxTargetLength: size.default(256).meta({ description: "longest target", unit: "tokens" }),
    batchTokens: size.default(4096).meta({
      description: "size of a batch, source and target, padding included",
      unit: "tokens",
    }),
    validationExamples: size
      .default(512)
      .meta({ description: "held-out functions scored each time", unit: "functions" }),
    batchSize: batchSize.meta({ description: "functions in a batch of validation" }),
    ...widthFields,
    numLayers: size.default(4).meta({ description: "from scratch: layers, of the encoder" }),
    numDecoderLayers: size.default(4).meta({ description: "from scratch: decoder layers" }),
    numHeads: size.default(4).meta({ description: "from scratch: attention heads" }),
    ...loraFields,
    ...fields,
    learningRate: withDefault(fields.learningRate, 0.02),
    optimizer: withDefault(fields.optimizer, "adafactor"),
    dropoutRate: z.number().min(0).lt(1).default(0).meta({
      description: "share of activations dropped; a corpus seen once needs none",
    }),
    epochs: withDefault(fields.epochs, 1),
    evaluateEvery: size
      .default(1000)
      .meta({ description: "validate every so many", unit: "steps" }),
    ...engineFields,
  }),
  examples: [
    {
      command: "codet5 pretrain corpus --out runs/stage-one --max-steps 10000",
      text: "stage one: span prediction, identifier tagging and identifier prediction in turn",
    },
    {
      command:
        "codet5 pretrain corpus --out runs/stage-two --model runs/stage-one/best --objectives dualGeneration",
      text: "stage two: code from comments and comments from code",
    },
    {
      command: "codet5 pretrain corpus --out runs/llama --model-type llama --max-steps 10000",
      text: "a decoder alone on the same corpus: every token from those before it",
    },
    {
      command: "codet5 pretrain corpus --out runs/stage-one --max-steps 10000 --resume",
      text: "continue after an interruption, bit for bit",
    },
  ],
  async run(call) {
    const { options } = call;
    const { resume: _resume, ...asked } = withoutEngine(call.config);
    const objectives = objectivesFor(familyFor(options), options.objectives);
    const config = { ...asked, objectives };
    const engine = await engineOf(options);
    const display = watchTraining(call);
    const result = await pretrain(
      {
        ...options,
        objectives,
        corpora: options.corpus,
        shape: options,
        lora: loraOf(options),
        train: options,
        config,
        version: packageVersion(),
      },
      { signal: call.stopSignal(), observe: display.observe, engine },
    );
    await display.finish(options.out);
    return { json: result, text: display.summary(result) };
  },
});
