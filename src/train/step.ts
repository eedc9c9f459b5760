/** @file One update: forward and backward over the micro-batches, clip, step. */
import type { NdArray } from "../base/index.ts";
import { type Batch, gradientName, type Head, type Model, stepGraph } from "../model/index.ts";
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
import { DropoutMasks, type MaskKey } from "./dropout-masks.ts";

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
  /** What the batches are for; default: the model's own head. */
  readonly head?: Head;
  readonly learningRate: number;
  /** 0: no clipping. */
  readonly maxGradNorm: number;
  readonly seed: number;
  /** Updates made so far: decides the dropout masks. */
  readonly step: number;
}

/** One head's view of the weights, and its compiled step. */
interface TrainedHead {
  readonly model: Model;
  readonly dropoutRate: number;
  /** Compiled at the first update: another engine may make them all. */
  compiled?: Promise<CompiledStep>;
}

interface CompiledStep {
  readonly session: Session;
  readonly masks: DropoutMasks;
}

/** A model being trained: its weights live in the store, which the optimizer updates in place. */
export class Trainer {
  readonly model: Model;
  readonly store: ParameterStore;
  readonly #heads: ReadonlyMap<Head, TrainedHead>;

  private constructor(model: Model, store: ParameterStore, heads: ReadonlyMap<Head, TrainedHead>) {
    this.model = model;
    this.store = store;
    this.#heads = heads;
  }

  /**
   * Take over a model's weights and compile its step.
   * @param dropoutRate default: the architecture's own
   * @param others further heads to train on the same weights; none has parameters that the model lacks
   */
  static async create(
    initial: Model,
    dropoutRate?: number,
    others: readonly Head[] = [],
  ): Promise<Trainer> {
    const store = createParameterStore(initial.trainable);
    loadValues(store, initial.weights);
    // what is frozen is read where it is
    const weights = new Map([...initial.weights, ...store.values]);
    const heads = new Map<Head, TrainedHead>();
    for (const head of [initial.head, ...others]) {
      const model = initial.withWeights(weights, head);
      heads.set(head, { model, dropoutRate: dropoutRate ?? model.architecture.dropoutRate });
    }
    return new Trainer(heads.get(initial.head)!.model, store, heads);
  }

  /** The weights read through one of the trained heads. */
  modelFor(head: Head): Model {
    return this.#heads.get(head)!.model;
  }

  /** Heads being trained, the model's own first. */
  get heads(): readonly Head[] {
    return [...this.#heads.keys()];
  }

  /** Probability of a zero where a head drops activations. */
  dropoutRateOf(head: Head): number {
    return this.#heads.get(head)!.dropoutRate;
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
      for (const { model } of this.#heads.values()) await model.weightsChanged();
    }
    return { loss: loss / count, count, gradNorm: measure.norm, isFinite: finite };
  }

  async release(): Promise<void> {
    for (const { compiled, model } of this.#heads.values()) {
      await (await compiled)?.session.release();
      await model.release();
    }
  }

  #compiled(head: TrainedHead): Promise<CompiledStep> {
    head.compiled ??= compileStep(head);
    return head.compiled;
  }

  /** Summed loss of a batch; its summed gradients land in the store. */
  async #gradients(
    batch: Batch,
    { head = this.model.head, ...key }: MaskKey & { readonly head?: Head | undefined },
  ) {
    const trained = this.#heads.get(head)!;
    const { model } = trained;
    const { session, masks } = await this.#compiled(trained);
    const { arrays, count } = model.architecture.collate(batch);
    const drawn = masks.draw(key, dimensionSizes(session, arrays));
    const feeds = { ...Object.fromEntries(model.weights), ...arrays, ...drawn };
    const fetches: Record<string, NdArray | null> = { loss: null };
    for (const [name, gradient] of this.store.gradients) {
      // parameters of other heads only: the store holds an earlier step's gradient
      if (model.weights.has(name)) fetches[gradientName(name)] = gradient;
      else gradient.data.fill(0);
    }
    const outputs = await session.run(feeds, fetches);
    return { loss: Number(outputs.loss!.data[0]), count };
  }
}

async function compileStep({ model, dropoutRate }: TrainedHead): Promise<CompiledStep> {
  const { architecture, adapter, device, trainable } = model;
  const dropout = new Dropout(dropoutRate, adapter?.lora.dropout);
  const names = new Set(trainable.map(({ name }) => name));
  const { graph, masks } = stepGraph(architecture, dropout, names);
  // whole matrices come and go between activations that stay: in an arena these would take their places
  const session = await compile(graph, { device, memoryArena: adapter?.frozen === undefined });
  return { session, masks: new DropoutMasks(masks, dropout.rates) };
}

/** What each dimension name stands for in this batch. */
function dimensionSizes(
  { graph }: Session,
  arrays: Readonly<Record<string, NdArray>>,
): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const { name = "", shape } of graph.inputs) {
    const array = arrays[name];
    if (array === undefined) continue;
    shape.forEach((dim, axis) => {
      if (typeof dim === "string") sizes[dim] = array.shape[axis]!;
    });
  }
  return sizes;
}
