/** @file Statistics of a lab: figures in resamples of groups, estimates with intervals, paired comparisons. */
export * from "./compare.ts";
export {
  type Drawn,
  type Estimate,
  estimateOf,
  type Interval,
  meanOf,
  type TrainingChance,
  trainingChance,
} from "./draws.ts";
export {
  type Answers,
  calibrationErrorOf,
  type FigureName,
  type Figures,
  figuresOf,
  mapFigures,
  type Slice,
} from "./figures.ts";
export { drawGroups, type GroupResamples } from "./resamples.ts";
export { type MeanInterval, meanInterval } from "./student.ts";
