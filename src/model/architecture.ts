/**
 * @file The seam between model families and everything that uses them: an architecture says which
 * parameters it has, how its graph is built from them, and how a batch becomes feeds.
 */
import type { NdArray } from "../base/index.ts";
import type { Value } from "../graph/index.ts";
import type { Dropout } from "../nn/index.ts";
import type { ParameterSpec } from "./parameters.ts";

/** Ids as lists (ragged rows are padded) with what to predict. */
export interface Batch {
  /** [B][S] token ids; for the clone head, two snippets of equal padded length side by side. */
  readonly inputIds: readonly (readonly number[])[];
  /** [B][S], 1 for a token, 0 for padding. Default: 1 where the given row has an id. */
  readonly attentionMask?: readonly (readonly number[])[];
  /** [B][T]; default: `labels` shifted right. */
  readonly decoderInputIds?: readonly (readonly number[])[];
  /** Generation: [B][T] token ids, -100 is not scored. Heads: [B] class numbers. */
  readonly labels?: readonly (readonly number[])[] | readonly number[];
}

/** A batch as named arrays, and how many items its summed loss counts. */
export interface Feeds {
  readonly arrays: Readonly<Record<string, NdArray>>;
  /** Scored target tokens (generation) or examples (heads); 0 when the batch has no labels. */
  readonly count: number;
}

/** A graph's values before it is closed over its parameters. */
export interface Fragment {
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/** The values of a built model. The loss is a sum over scored items, so accumulation is exact. */
export interface BuiltModel extends Fragment {
  /** Batch inputs of the loss. */
  readonly lossInputs: readonly Value[];
  /** Scalar, nats. */
  readonly loss: Value;
  /** [items, classes], the logits that the loss scores, and [items] int32, the class wanted of each. */
  readonly classes: Value;
  readonly targets: Value;
}

export interface Architecture {
  /** State-dict order. */
  readonly parameters: readonly ParameterSpec[];
  readonly dropoutRate: number;
  readonly build: (weight: (name: string) => Value, dropout: Dropout) => BuiltModel;
  /** @throws DataError for ids outside the vocabulary, ragged masks, labels of another length */
  readonly collate: (batch: Batch) => Feeds;
}
