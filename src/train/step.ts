/** @file One update: forward and backward over the micro-batches, clip, step. */
import type { NdArray } from "../base/index.ts";
import { type Batch, gradientName, type Model, stepGraph } from "../model/index.ts";
import { Dropout } from "../nn/index.ts";
import {
  accumulateGradients,
  createParameterStore,
  loadValues,
  measureGradients,
  type Optimizer,
  type ParameterStore,
} from "../optim/index.ts";
import { compile, type Session } from "../runtime/index.ts";
import { DropoutMasks } from "./dropout-masks.ts";

/** What an update was like. */
export interface StepReport {
  /** Mean over scored items, nats. */
  readonly loss: number;
  /** Scored items: target tokens, or examples for a head. */
  readonly count: number;
  /** Global norm of the mean gradient, before clipping. */
  readonly gradNorm: number;
  /** False when loss or gradients are NaN or infinite: nothing was updated. */
  readonly isFinite: boolean;
}

export interface StepOptions {
  readonly learningRate: number;
  /** 0: no clipping. */
  readonly maxGradNorm: number;
  readonly seed: number;
  /** Updates made so far: decides the dropout masks. */
  readonly step: number;
}

/** A model being trained: its weights live in the store, which the optimizer updates in place. */
export class Trainer {
  readonly model: Model;
  readonly store: ParameterStore;
  readonly #session: Session;
  readonly #masks: DropoutMasks;

  private constructor(model: Model, store: ParameterStore, session: Session, masks: DropoutMasks) {
    this.model = model;
    this.store = store;
    this.#session = session;
    this.#masks = masks;
  }

  /**
   * Take over a model's weights and compile its step.
   * @param dropoutRate default: the architecture's own
   */
  static async create(initial: Model, dropoutRate?: number): Promise<Trainer> {
    const { architecture } = initial;
    const store = createParameterStore(architecture.parameters);
    loadValues(store, initial.weights);
    const model = initial.withWeights(store.values);
    const dropout = new Dropout(dropoutRate ?? architecture.dropoutRate);
    const { graph, masks } = stepGraph(architecture, dropout);
    const session = await compile(graph, { device: initial.device });
    return new Trainer(model, store, session, new DropoutMasks(masks, dropout.rate));
  }

  /** Make one update from one or more batches; the gradient is the mean over all their items. */
  async update(
    batches: readonly Batch[],
    optimizer: Optimizer,
    options: StepOptions,
  ): Promise<StepReport> {
    const { maxGradNorm, learningRate } = options;
    let loss = 0;
    let count = 0;
    for (const [microBatch, batch] of batches.entries()) {
      const result = await this.#gradients(batch, { ...options, microBatch });
      loss += result.loss;
      count += result.count;
      if (batches.length > 1) accumulateGradients(this.store, microBatch === 0);
    }
    const source = batches.length > 1 ? "accumulated" : "gradients";
    const maxNorm = maxGradNorm === 0 ? undefined : maxGradNorm;
    const measure = measureGradients(this.store, { source, accumulation: count, maxNorm });
    const finite = measure.isFinite && Number.isFinite(loss);
    if (finite) {
      optimizer.step({ learningRate, gradientScale: measure.gradientScale, source });
      await this.model.weightsChanged();
    }
    return { loss: loss / count, count, gradNorm: measure.norm, isFinite: finite };
  }

  async release(): Promise<void> {
    await this.#session.release();
    await this.model.release();
  }

  /** Summed loss of a batch; its summed gradients land in the store. */
  async #gradients(batch: Batch, key: { seed: number; step: number; microBatch: number }) {
    const { arrays, count } = this.model.architecture.collate(batch);
    const masks = this.#masks.draw(key, this.#sizes(arrays));
    const feeds = { ...Object.fromEntries(this.store.values), ...arrays, ...masks };
    const fetches: Record<string, NdArray | null> = { loss: null };
    for (const [name, gradient] of this.store.gradients) fetches[gradientName(name)] = gradient;
    const outputs = await this.#session.run(feeds, fetches);
    return { loss: Number(outputs.loss!.data[0]), count };
  }

  /** What each dimension name stands for in this batch. */
  #sizes(arrays: Readonly<Record<string, NdArray>>): Record<string, number> {
    const sizes: Record<string, number> = {};
    for (const { name = "", shape } of this.#session.graph.inputs) {
      const array = arrays[name];
      if (array === undefined) continue;
      shape.forEach((dim, axis) => {
        if (typeof dim === "string") sizes[dim] = array.shape[axis]!;
      });
    }
    return sizes;
  }
}
