/** @file The seam for engines that make a run's updates elsewhere; without one, ONNX Runtime makes them here. */
import type { Batch } from "../model/index.ts";
import type { Optimizer } from "../optim/index.ts";
import type { TrainConfig } from "./config.ts";
import type { StepOptions, StepReport, Trainer } from "./step.ts";

/** One update to be made. */
export interface StepRequest {
  readonly batches: readonly Batch[];
  readonly options: StepOptions;
}

/**
 * The update that comes `count` after the next one; undefined from the next validation, checkpoint or
 * epoch on, and when the run is asked to stop.
 */
export type Ahead = (count: number) => StepRequest | undefined;

/** Makes updates; the trainer's weights and the optimizer's state lag behind until `settle`. */
export interface Engine {
  /** Updates handed out so far, some of which may be still under way: their requests must follow. */
  readonly sent: number;
  /** Make the next update. `ahead` lets the engine begin those after it. */
  update(request: StepRequest, ahead: Ahead): Promise<StepReport & { readonly seconds: number }>;
  /** Bring the trainer's weights and the optimizer's state up to date. */
  settle(): Promise<void>;
  release(): Promise<void>;
  /**
   * Take all remaining updates at once, to be made elsewhere.
   * @param remaining in order; null wherever weights and state are wanted
   * @returns whether it took them: nothing is left to do then
   */
  handOver?(remaining: Iterable<StepRequest | null>): boolean;
}

/** What an engine works on; weights and state are those to start or continue from by the first update. */
export interface EngineSetting {
  readonly trainer: Trainer;
  readonly optimizer: Optimizer;
  readonly config: TrainConfig;
  /** Run folder, locked. */
  readonly out: string;
  readonly resume: boolean;
}

export type StartEngine = (setting: EngineSetting) => Promise<Engine>;
