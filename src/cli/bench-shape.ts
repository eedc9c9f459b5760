/** @file The shape of a benchmark's model as options. */
import { z } from "zod";

interface ShapeDefaults {
  readonly dModel: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly dFf: number;
}

/** CodeT5's vocabulary. */
const defaultVocabSize = 32_100;

const size = (most: number, standard: number, description: string, least = 1) =>
  z.int().min(least).max(most).default(standard).meta({ description });

/** Options that give a T5 its shape. */
export function shapeFields({ dModel, numLayers, numHeads, dFf }: ShapeDefaults) {
  return {
    vocabSize: size(1_000_000, defaultVocabSize, "ids the model knows", 8),
    dModel: size(65_536, dModel, "width of the model"),
    numLayers: size(1000, numLayers, "layers of the encoder, and of the decoder"),
    numHeads: size(1024, numHeads, "attention heads"),
    dKv: size(4096, 64, "width of a head"),
    dFf: size(262_144, dFf, "width of the feed-forward layers"),
  };
}

/** Values of {@link shapeFields}. */
export type ModelShape = ShapeDefaults & { readonly vocabSize: number; readonly dKv: number };

/** The `config.json` of such a T5, CodeT5's in all else. */
export function modelConfigOf(shape: ModelShape) {
  return {
    vocab_size: shape.vocabSize,
    d_model: shape.dModel,
    num_layers: shape.numLayers,
    num_heads: shape.numHeads,
    d_kv: shape.dKv,
    d_ff: shape.dFf,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}
