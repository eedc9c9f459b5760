/** @file The seam between the lab and what it studies: anything that scores code, and may learn. */
import type { LabelledSample } from "../data/index.ts";
import type { StartEngine } from "../train/index.ts";
import type { Experiment, ExperimentModel } from "./experiment.ts";
import type { Adaptation } from "./records.ts";

/** What a model reads of a sample; labels are for its training alone. */
export type Readable = Pick<LabelledSample, "id" | "language" | "code">;

/** One training of a model: on code, or on code with labels. */
export interface Adapting {
  readonly kind: "general" | "security";
  /** Model folder that an earlier training left; the model itself when absent. */
  readonly from?: string | undefined;
  readonly train: readonly LabelledSample[];
  /** Of training languages; chooses the checkpoint. */
  readonly validation: readonly LabelledSample[];
  /** Languages that may be read. */
  readonly languages: readonly string[];
  readonly seed: number;
  /** Tokens to read, source and target, without padding. */
  readonly tokens: number;
}

/** What a training will read: as near the tokens asked for as whole steps come. */
export interface AdaptingPlan {
  readonly steps: number;
  readonly tokens: number;
}

/** How a lab follows work and ends it. */
export interface WorkHooks {
  /** Ends a training after its step, saved. */
  readonly signal?: AbortSignal | undefined;
  /** Share done, in [0, 1]. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Scores, in the order of the samples. */
export interface Scores {
  /** Probability of class 1, in [0, 1]. */
  readonly scores: readonly number[];
  /** Whether a sample's code was cut. */
  readonly truncated: readonly boolean[];
}

/** What decides the scores of a model: a folder that a training left, or the model itself. */
export interface Scoring {
  readonly from?: string | undefined;
  /** Of a head or of examples that must be drawn. */
  readonly seed: number;
  /** Training samples, for models that are shown examples. */
  readonly examples: readonly LabelledSample[];
}

/** One model of an experiment. */
export interface LabModel {
  /** `t5`, `llama`, ... */
  readonly family: string;
  /** Of everything that its scores depend on before a training, beside the experiment's settings. */
  readonly digest: string;
  /** Of what its trainings depend on beside that; empty when there is nothing, or no training. */
  readonly trainingDigest: string;
  /** Those it can take; `zero-shot` alone where it cannot learn. */
  readonly adaptations: readonly Adaptation[];
  /** Scores without a training depend on the seed and the training samples: a head or examples are drawn. */
  readonly isDrawn: boolean;
  /** Tokens that `steps` of security training read. */
  tokensOf(steps: number, adapting: Omit<Adapting, "tokens">): Promise<number>;
  /** What {@link adapt} will read, whatever it continues. */
  plan(adapting: Omit<Adapting, "from">): Promise<AdaptingPlan>;
  /**
   * Train in a folder that is kept between calls, so that an interrupted training continues bit for bit.
   * @returns the model folder; undefined when the signal stopped it
   */
  adapt(
    adapting: Adapting,
    plan: AdaptingPlan,
    folder: string,
    hooks: WorkHooks,
  ): Promise<string | undefined>;
  score(samples: readonly Readable[], scoring: Scoring, hooks: WorkHooks): Promise<Scores>;
}

/** What makes the updates of a lab's trainings where ONNX Runtime does not. */
export interface LabEngine {
  readonly start: StartEngine;
  /** What decides its numbers: a training under other settings is another training. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Where models come from: one row per kind of name, see `families.ts`. */
export interface LabFamily {
  /** What its names look like, for messages. */
  readonly names: string;
  accepts(name: string): boolean;
  /** @throws DataError, ConfigError when there is no such model, or it cannot be asked */
  open(
    model: ExperimentModel,
    experiment: Experiment,
    engine: LabEngine | undefined,
  ): Promise<LabModel>;
}
