/** @file Options that verbs which train have in common: the run folder, the start, the widths. */
import { z } from "zod";
import { UsageError } from "../base/index.ts";
import { defaultModel, findModelFolder } from "../hub/index.ts";
import { describeModel, families, type ModelType, modelQuantizations } from "../model/index.ts";

const size = z.int().min(1);

function scratchField(what: string, value: number) {
  return size.optional().meta({ description: `from scratch: ${what}`, defaultText: `${value}` });
}

export const runFields = {
  out: z.string().meta({ description: "run folder to create, or to --resume" }),
  resume: z.boolean().default(false).meta({ description: "continue the run in --out" }),
  model: z.string().optional().meta({
    description: "model to start from: a folder, or owner/name on the hub",
    defaultText: "from scratch",
    isModel: true,
  }),
};

const modelTypes = Object.keys(families) as [ModelType, ...ModelType[]];

/** Family of a model made from scratch. */
export const modelTypeField = z
  .enum(modelTypes)
  .optional()
  .meta({ description: "from scratch: family of the model", defaultText: "t5" });

/** Of a model made from scratch. */
export const widthFields = {
  modelType: modelTypeField,
  dModel: size.default(256).meta({ description: "from scratch: width of the model" }),
  dKv: size.default(64).meta({ description: "from scratch: width of a head" }),
  dFf: size.default(1024).meta({ description: "from scratch: width of the feed-forward" }),
  numKeyValueHeads: size.optional().meta({
    description: "from scratch: heads of keys and values, llama and mistral",
    defaultText: "as many as heads",
  }),
};

/** Sizes of a model from scratch. */
const scratchShape = {
  dModel: 256,
  dKv: 64,
  dFf: 1024,
  numLayers: 4,
  numHeads: 4,
  vocabSize: 8192,
} as const;

/** A model to be asked or scored. */
export const modelField = z
  .string()
  .default(defaultModel)
  .meta({
    description: `model folder with its tokenizer, ${defaultModel}, or owner/name on the hub`,
    isModel: true,
  });

/** How a model that is asked or scored keeps its weights. */
export const quantizationField = z.enum(modelQuantizations).default("none").meta({
  description: "weights in fewer bits: int8 is faster, int4 fits large models into memory",
});

/** The start of a fine-tuning: a checkpoint, or weights drawn for the sizes given. */
export const startFields = {
  model: z.string().optional().meta({
    description: "model to start from: a folder, or owner/name on the hub",
    defaultText: defaultModel,
    isModel: true,
  }),
  fromScratch: z.boolean().default(false).meta({
    description: "start from drawn weights and a new vocabulary, as any size of them says too",
  }),
  modelType: modelTypeField,
  dModel: scratchField("width of the model", scratchShape.dModel),
  dKv: scratchField("width of a head", scratchShape.dKv),
  dFf: scratchField("width of the feed-forward", scratchShape.dFf),
  numLayers: scratchField("layers, of encoder and decoder each", scratchShape.numLayers),
  numHeads: scratchField("attention heads", scratchShape.numHeads),
  numKeyValueHeads: widthFields.numKeyValueHeads,
  vocabSize: scratchField("tokens of a new vocabulary", scratchShape.vocabSize),
};

type ScratchShape = { readonly [K in keyof typeof scratchShape]: number };

/** What training starts from, and how a run folder's config says so. */
interface Start {
  readonly model?: string;
  readonly modelType: ModelType;
  readonly shape: ScratchShape & { readonly numKeyValueHeads?: number | undefined };
  readonly config: Readonly<Record<string, unknown>>;
}

type StartOptions = z.output<z.ZodObject<typeof startFields>>;

/**
 * What a fine-tuning starts from: the model given, else from scratch where that or a size was asked for,
 * else the package's model.
 * @throws UsageError when both a model and from scratch were asked for
 */
export async function startOf(options: StartOptions): Promise<Start> {
  const names = Object.keys(scratchShape) as (keyof ScratchShape)[];
  const given = names.filter((name) => options[name] !== undefined);
  const asked = Object.fromEntries(given.map((name) => [name, options[name]]));
  const { model, fromScratch, numKeyValueHeads, modelType = "t5" } = options;
  const shape = { ...scratchShape, ...asked, numKeyValueHeads };
  if (model !== undefined && fromScratch) {
    throw new UsageError("usage.start", "both --model and --from-scratch", {
      expected: "one of them",
    });
  }
  if (model !== undefined) {
    const own = describeModel(model).spec.modelType;
    requireSameFamily(own, options.modelType);
    return { model, modelType: own, shape, config: {} };
  }
  const isScratch = fromScratch || given.length > 0 || options.modelType !== undefined;
  if (isScratch) return { modelType, shape, config: { ...scratchShape, ...asked } };
  const shipped = await findModelFolder(defaultModel);
  return { model: shipped, modelType, shape, config: { model: defaultModel } };
}

/** @throws UsageError `usage.start` for a family that the model given is not of */
function requireSameFamily(own: ModelType, asked: ModelType | undefined): void {
  if (asked === undefined || asked === own) return;
  throw new UsageError("usage.start", "the model is of another family than --model-type", {
    expected: own,
    got: asked,
    help: "--model-type is for models from scratch",
  });
}

export const subTaskField = z.string().optional().meta({
  description:
    "translate: java-cs, cs-java; refine: small, medium; summarize: ruby, javascript, go, python, java, php",
  defaultText: "the first",
});

export const trainFromValidationField = z.number().gt(0).lt(1).optional().meta({
  description: "where there is no training part: this share of the validation part to train on",
});

export const splitSeedField = z.int().min(0).default(1234).meta({
  description: "which examples are held out, where the data does not say; the same for all seeds",
});
