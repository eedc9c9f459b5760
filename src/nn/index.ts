export { type ActivationName, activationNames, activations } from "./activations.ts";
export {
  type AttentionShape,
  attend,
  crossAttention,
  mergeHeads,
  projectHeads,
  selfAttention,
} from "./attention.ts";
export { Dropout, type DropoutSite, noDropout } from "./dropout.ts";
export { feedForward, gatedFeedForward } from "./feed-forward.ts";
export {
  attendInGroups,
  type GroupedHeads,
  groupQueries,
  mergeGroups,
  splitHeads,
} from "./grouped-query-attention.ts";
export { embedding, linear, paddedEmbedding } from "./linear.ts";
export {
  causalMask,
  causalPaddingMask,
  isInWindow,
  mostNegative,
  paddingMask,
} from "./masks.ts";
export {
  type RelativePositionOptions,
  relativePositionBias,
} from "./relative-position-bias.ts";
export {
  type RotaryScaling,
  type Rotation,
  rotaryFrequencies,
  rotate,
  rotationAt,
} from "./rotary-embedding.ts";
export { statesAt } from "./states-at.ts";
