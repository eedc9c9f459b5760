/** @file Options that verbs which train have in common: the run folder, the start, the widths. */
import { z } from "zod";

const size = z.int().min(1);

export const runFields = {
  out: z.string().meta({ description: "run folder to create, or to --resume" }),
  resume: z.boolean().default(false).meta({ description: "continue the run in --out" }),
  model: z.string().optional().meta({
    description: "model to start from: a folder, or owner/name on the hub",
    defaultText: "from scratch",
    isModel: true,
  }),
};

/** Of a model made from scratch. */
export const widthFields = {
  dModel: size.default(256).meta({ description: "from scratch: width of the model" }),
  dKv: size.default(64).meta({ description: "from scratch: width of a head" }),
  dFf: size.default(1024).meta({ description: "from scratch: width of the feed-forward" }),
};

export const subTaskField = z.string().optional().meta({
  description:
    "translate: java-cs, cs-java; refine: small, medium; summarize: ruby, javascript, go, python, java, php",
  defaultText: "the first",
});

export const trainFromValidationField = z.number().gt(0).lt(1).optional().meta({
  description: "where there is no training part: this share of the validation part to train on",
});
