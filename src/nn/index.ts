export {
  type AttentionShape,
  crossAttention,
  mergeHeads,
  projectHeads,
  selfAttention,
} from "./attention.ts";
export { Dropout, type DropoutSite, noDropout } from "./dropout.ts";
export { type FeedForwardActivation, feedForward, gatedFeedForward } from "./feed-forward.ts";
export { embedding, linear } from "./linear.ts";
export { causalMask, paddingMask } from "./masks.ts";
export {
  type RelativePositionOptions,
  relativePositionBias,
} from "./relative-position-bias.ts";
