/** @file A model: its configuration, its weights, and what one can ask of it. */
import { ConfigError, type NdArray, type Tensor } from "../base/index.ts";
import type { OnnxModel, TensorProto } from "../onnx/index.ts";
import { eightBitMemory, eightBitWeights, fromStorage } from "../rewrite/index.ts";
import { type CompileOptions, compile, type Device } from "../runtime/index.ts";
import { type Adapter, adaptedArchitecture, isAdapted, mergedWeights } from "./adapter.ts";
import type { Architecture, Batch, Feeds } from "./architecture.ts";
import type { DecodingSessions, Runner } from "./cached-decoder.ts";
import { continuationGraph } from "./continuation.ts";
import { passRunner } from "./continuation-passes.ts";
import { ContinuationSession } from "./continuation-session.ts";
import { type Decoding, familyOf, type Head, type ModelType, type Prompt } from "./family.ts";
import {
  type Decoder,
  type Generated,
  type GenerateOptions,
  generate,
} from "./generation/index.ts";
import type { ModelConfig } from "./model-config.ts";
import type { ParameterSpec } from "./parameters.ts";
import { passes } from "./passes.ts";
import { gradientName } from "./step-graph.ts";
import { storageOf } from "./stored-weights.ts";
import { type Weights, withCompiledWeights, withFedWeights } from "./weights.ts";

/**
 * Weights as they are; in 8 bits; in blocks of 4 bits that stay in a file, for models that memory would not
 * hold. Inputs of products are then rounded to 8 bits as they come.
 */
export const modelQuantizations = ["none", "int8", "int4"] as const;

export type ModelQuantization = (typeof modelQuantizations)[number];

export interface ForwardResult {
  /**
   * Generation: [B, T, V], of decoder-only models and masked language models [B, S, V]; heads: [B, C].
   * Unnormalised, nats. Features: the states, [B, S, D].
   */
  readonly logits: Tensor;
  /** [B, S, D]: generation by an encoder and a decoder, and features. */
  readonly encoderLastHiddenState?: Tensor;
  /** Heads only: [B, C], softmax of the logits. */
  readonly prob?: Tensor;
  /** Mean over scored items, nats; present when the batch has labels. */
  readonly loss?: number;
}

/** Sums over the scored items of a batch. */
export interface LossReport {
  /** Nats. */
  readonly loss: number;
  /** Items whose likeliest class is the wanted one. */
  readonly numCorrect: number;
  readonly count: number;
}

export interface LossAndGradients {
  /** Mean over scored items, nats. */
  readonly loss: number;
  /** By state-dict name, of the mean loss. */
  readonly gradients: Map<string, Tensor>;
}

/** The identity of a model: everything but its weights. */
export interface ModelSpec {
  readonly modelType: ModelType;
  readonly config: ModelConfig;
  readonly head: Head;
  /** `config.json` as read, so that keys we do not use survive a save. */
  readonly configJson: Readonly<Record<string, unknown>>;
  /** `generation_config.json`'s settings, camelCased. */
  readonly generationDefaults: GenerateOptions;
  /** What is beside the weights, which are then frozen. */
  readonly adapter?: Adapter | undefined;
}

/** A model in memory. Sessions are compiled on first use and kept until `release`. */
export class Model implements ModelSpec {
  readonly modelType: ModelType;
  readonly config: ModelConfig;
  readonly head: Head;
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly generationDefaults: GenerateOptions;
  readonly adapter: Adapter | undefined;
  readonly architecture: Architecture;
  /** By state-dict name. Change values in place, then call `weightsChanged`. */
  readonly weights: Weights;
  readonly device: Device;
  readonly quantization: ModelQuantization;
  /** What the 8-bit sessions of this model share. */
  readonly #constants = new Map<string, TensorProto>();
  readonly #sessions = new Map<string, Promise<Runner>>();
  #decoding: Promise<DecodingSessions> | undefined;
  #continued: Promise<ContinuationSession> | undefined;

  constructor(
    spec: ModelSpec,
    weights: Weights,
    device: Device = "cpu",
    quantization: ModelQuantization = "none",
  ) {
    this.modelType = spec.modelType;
    this.config = spec.config;
    this.head = spec.head;
    this.configJson = spec.configJson;
    this.generationDefaults = spec.generationDefaults;
    this.adapter = spec.adapter;
    this.architecture = architectureOf(spec);
    this.weights = weights;
    this.device = device;
    this.quantization = quantization;
  }

  /** The same model over other weights, which it does not copy, read through one of its heads. */
  withWeights(weights: Weights, head: Head = this.head): Model {
    const { parameters } = architectureOf({ ...this, head });
    const own = new Map(parameters.map(({ name }) => [name, weights.get(name)!]));
    return new Model({ ...this, head }, own, this.device, this.quantization);
  }

  /** What training changes: adapters and new heads where there are adapters, else everything. */
  get trainable(): readonly ParameterSpec[] {
    const { parameters } = this.architecture;
    return this.adapter === undefined ? parameters : parameters.filter(isAdapted);
  }

  /**
   * Logits of a batch, and its mean loss when it has labels.
   * @throws DataError for ids outside the vocabulary or labels that do not fit
   */
  async forward(batch: Batch): Promise<ForwardResult> {
    const feeds = this.architecture.collate(batch);
    const session = await this.#session(feeds.count > 0 ? "forward with loss" : "forward");
    const outputs = await session.run({ ...this.#weightFeeds(), ...feeds.arrays });
    const tensor = (name: string) => outputs[name] as Tensor | undefined;
    const encoder = tensor("encoder_last_hidden_state");
    const prob = tensor("prob");
    return {
      logits: tensor("logits")!,
      ...(encoder === undefined ? {} : { encoderLastHiddenState: encoder }),
      ...(prob === undefined ? {} : { prob }),
      ...(feeds.count === 0 ? {} : { loss: meanLoss(outputs, feeds) }),
    };
  }

  /** Score a labelled batch without giving its logits: for validation. */
  async evaluateLoss(batch: Batch): Promise<LossReport> {
    const feeds = this.architecture.collate(batch);
    const session = await this.#session("loss");
    const outputs = await session.run({ ...this.#weightFeeds(), ...feeds.arrays });
    const value = (name: string) => Number(outputs[name]!.data[0]);
    return { loss: value("loss"), numCorrect: value("num_correct"), count: feeds.count };
  }

  /**
   * The logits that the loss scores: of generation and of hidden tokens at the labelled positions alone, in
   * the order of the rows; of a head all of them. Answers are read off a prompt without its other positions.
   * @returns [scored items, classes], nats, unnormalised
   */
  async scoredLogits(batch: Batch): Promise<Tensor> {
    const feeds = this.architecture.collate(batch);
    const session = await this.#session("scored logits");
    const outputs = await session.run({ ...this.#weightFeeds(), ...feeds.arrays });
    return outputs.logits as Tensor;
  }

  /**
   * Mean loss of a labelled batch and its gradient for every parameter, without dropout.
   * @throws ConfigError `model.quantized` for a model in 8 bits
   */
  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    const feeds = this.architecture.collate(batch);
    const session = await this.#session("step");
    const outputs = await session.run({ ...this.#weightFeeds(), ...feeds.arrays });
    const gradients = new Map<string, Tensor>();
    for (const { name } of this.architecture.parameters) {
      const { data, shape } = outputs[gradientName(name)] as Tensor;
      gradients.set(name, { shape, data: data.map((value) => value / feeds.count) });
    }
    return { loss: meanLoss(outputs, feeds), gradients };
  }

  /**
   * Continue each row: greedy, beam search or sampling. Hugging Face `generate` semantics,
   * Transformers 4.36. Padding in `inputIds` is masked when no mask is given. Sequences of decoder-only
   * models begin with their prompts, short ones padded on the left.
   * @throws ConfigError `generate.*` for bad options and for a model with a classification head
   */
  async generate(
    request: Pick<Batch, "inputIds" | "attentionMask"> & GenerateOptions,
  ): Promise<Generated> {
    const { decoding } = familyOf(this.modelType);
    if (this.head !== "generation" || decoding === undefined) throw notGenerative(this.head);
    const { inputIds, attentionMask, ...options } = request;
    const prompt = decoding.prompt(this.config, {
      inputIds,
      ...(attentionMask === undefined ? {} : { attentionMask }),
    });
    const start = (rowsPerExample: number) => this.#startDecoder(decoding, prompt, rowsPerExample);
    const { eosTokenId, padTokenId, ...settings } = { ...this.generationDefaults, ...options };
    return generate(start, prompt, settings, {
      eosTokenId: eosTokenId ?? this.config.eosTokenId,
      padTokenId: padTokenId ?? this.config.padTokenId,
    });
  }

  /** Drop what was compiled from the old weights. */
  async weightsChanged(): Promise<void> {
    const decoding = await this.#decoding;
    this.#decoding = undefined;
    await decoding?.encoder.release();
    await decoding?.step.release();
    const continued = await this.#continued;
    this.#continued = undefined;
    await continued?.release();
    this.#constants.clear();
    if (this.quantization !== "none") await this.#releasePasses();
  }

  /** Free every session; the model can still be used, and compiles again. */
  async release(): Promise<void> {
    await this.weightsChanged();
    await this.#releasePasses();
  }

  async #releasePasses(): Promise<void> {
    const sessions = await Promise.all(this.#sessions.values());
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.release()));
  }

  #weightFeeds(): Record<string, NdArray> {
    return Object.fromEntries(this.weights);
  }

  #session(kind: keyof typeof passes): Promise<Runner> {
    const known = this.#sessions.get(kind);
    if (known !== undefined) return known;
    if (kind === "step" && this.quantization !== "none") throw notTrainable(this.quantization);
    const session = this.#isContinued
      ? this.#continuation().then((all) => passRunner(kind, all))
      : compile(passes[kind](this.architecture), this.#compileOptions());
    this.#sessions.set(kind, session);
    return session;
  }

  /** Everything by one session, since a second would hold the weights again. */
  get #isContinued(): boolean {
    const { decoding } = familyOf(this.modelType);
    return (
      this.quantization === "int4" && this.head === "generation" && decoding?.body !== undefined
    );
  }

  #continuation(): Promise<ContinuationSession> {
    this.#continued ??= this.#compileContinuation();
    return this.#continued;
  }

  async #compileContinuation(): Promise<ContinuationSession> {
    const body = familyOf(this.modelType).decoding!.body!(this.config);
    const graph = withFedWeights("continuation", this.architecture.parameters, (weight) =>
      continuationGraph(body, weight),
    );
    return new ContinuationSession(body, await compile(graph, this.#fromFile()));
  }

  /** @throws ConfigError `model.quantized` for weights that are in no file */
  #fromFile(): CompileOptions {
    const storage = storageOf(this.weights);
    if (storage === undefined || this.adapter !== undefined) throw notStored(this.quantization);
    const rewrite = fromStorage(storage.available());
    return { device: this.device, isInference: true, rewrite, externalFolder: storage.folder };
  }

  #compileOptions(): CompileOptions {
    const { device, quantization } = this;
    if (quantization === "none") return { device };
    if (quantization === "int4") return this.#fromFile();
    const rewrite = eightBitWeights(this.weights, this.#constants);
    return { device, isInference: true, rewrite };
  }

  async #startDecoder(
    decoding: Decoding,
    { source }: Prompt,
    rowsPerExample: number,
  ): Promise<Decoder> {
    this.#decoding ??= this.#compileDecoding(decoding);
    return decoding.start(await this.#decoding, this.config, source, rowsPerExample);
  }

  async #compileDecoding(decoding: Decoding): Promise<DecodingSessions> {
    const isSingle = this.#isContinued || (this.#isOnDisk && decoding.body !== undefined);
    if (isSingle) return (await this.#continuation()).decodingSessions();
    if (this.quantization === "int8") return this.#compileInEightBits(decoding);
    if (this.quantization === "int4" || this.#isOnDisk) return this.#compileFromFile(decoding);
    const options = { device: this.device, isInference: true };
    const { parameters, weights } = this.#plain();
    const bind = (name: "encoder" | "step") =>
      withCompiledWeights(`decoding ${name}`, parameters, weights, (weight) => {
        return decoding[name](this.config, weight);
      });
    const [encoder, step] = [bind("encoder"), bind("step")];
    return {
      encoder: await compile(encoder.graph, options),
      step: await compile(step.graph, options),
      weights: { ...encoder.weights, ...step.weights },
    };
  }

  /** Decoding knows no adapters: they are added to their weights for it. */
  #plain(): { readonly parameters: readonly ParameterSpec[]; readonly weights: Weights } {
    const { modelType, config, head, adapter, weights } = this;
    if (adapter === undefined) return { parameters: this.architecture.parameters, weights };
    const architecture = familyOf(modelType).architecture(config, head);
    const merged = mergedWeights(architecture, weights, adapter);
    return { parameters: architecture.parameters, weights: merged };
  }

  /** Weights that nobody has read, and so nobody has changed: they need not be in memory twice. */
  get #isOnDisk(): boolean {
    if (this.adapter !== undefined) return false;
    const stored = storageOf(this.weights)?.available();
    return (
      stored !== undefined && this.architecture.parameters.every(({ name }) => stored.has(name))
    );
  }

  async #compileFromFile(decoding: Decoding): Promise<DecodingSessions> {
    const { parameters } = this.architecture;
    const options = this.#fromFile();
    const compileOne = (name: "encoder" | "step") =>
      compile(
        withFedWeights(`decoding ${name}`, parameters, (weight) =>
          decoding[name](this.config, weight),
        ),
        options,
      );
    return { encoder: await compileOne("encoder"), step: await compileOne("step"), weights: {} };
  }

  async #compileInEightBits(decoding: Decoding): Promise<DecodingSessions> {
    const { parameters, weights } = this.#plain();
    const { memory } = decoding;
    const passes = [
      eightBitWeights(weights, this.#constants),
      ...(memory ? [eightBitMemory(memory)] : []),
    ];
    const rewrite = (model: OnnxModel) => passes.reduce((made, pass) => pass(made), model);
    const compileOne = (name: "encoder" | "step") => {
      const build = (weight: Parameters<Decoding["step"]>[1]) =>
        decoding[name](this.config, weight);
      const graph = withFedWeights(`decoding ${name}`, parameters, build);
      return compile(graph, { ...this.#compileOptions(), rewrite });
    };
    return { encoder: await compileOne("encoder"), step: await compileOne("step"), weights: {} };
  }
}

/** Adapters included. @throws ConfigError `model.head`, `lora.targets` */
function architectureOf({ modelType, config, head, adapter }: ModelSpec): Architecture {
  const own = familyOf(modelType).architecture(config, head);
  return adapter === undefined ? own : adaptedArchitecture(own, adapter);
}

function notTrainable(quantization: string): ConfigError {
  return new ConfigError("model.quantized", "a model in fewer bits has no gradients", {
    expected: 'quantization "none"',
    got: JSON.stringify(quantization),
    help: "load it without quantization to train it",
  });
}

function notStored(quantization: string): ConfigError {
  return new ConfigError("model.quantized", "weights in 4 bits come from a model folder", {
    expected: "a model as it was loaded",
    got: `other weights, or an adapter, and quantization ${JSON.stringify(quantization)}`,
    help: "save the model to a folder, with adapters merged, and load that",
  });
}

function notGenerative(head: Head): ConfigError {
  return new ConfigError("generate.head", "this model classifies, it does not generate", {
    expected: "a checkpoint without a classification head",
    got: `the head ${head}`,
    help: "use forward: its prob holds the classes' probabilities",
  });
}

function meanLoss(outputs: Readonly<Record<string, NdArray>>, feeds: Feeds): number {
  return Number(outputs.loss!.data[0]) / feeds.count;
}
