/** @file ONNX Runtime sessions: compile a graph, run it, and say which line built what went wrong. */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import * as ort from "onnxruntime-node";
import { debug, flag, type NdArray, RuntimeFailure, sizeOf } from "../base/index.ts";
import {
  formatSignature,
  type Graph,
  input,
  type Node,
  toOnnx,
  type Value,
} from "../graph/index.ts";
import { encodeModel, type OnnxModel, type ValueInfo } from "../onnx/index.ts";
import { fixDimensions } from "./dimensions.ts";
import { dumpGraph } from "./dump.ts";
import { exposeTensors, inspectRun, isInspecting } from "./inspect.ts";
import { tellWatchers } from "./watch.ts";

// what fails is thrown, and told once
ort.env.logLevel = "fatal";

/** Where a session runs. Only "cpu" is bundled everywhere; the others need their binaries. */
export type Device = "cpu" | "cuda" | "webgpu" | "coreml";

export interface CompileOptions {
  readonly device?: Device;
  /** Threads inside one operator; default CODET5_THREADS, else all cores. */
  readonly threads?: number;
  /** ONNX Runtime's graph optimisation; default "all", "disabled" under CODET5_NOOPT=1. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /** Keep one memory plan per input shape: measured no faster, and half as much memory again. Default false. */
  readonly memoryPattern?: boolean;
  /**
   * Keep freed memory for the next tensor; default true. Off, large tensors go back to the system at once:
   * slower, and what small ones leave of a large one's place is not lost.
   */
  readonly memoryArena?: boolean;
  /** Sizes of named dimensions, fixed for all runs of this session. Default: every run brings its own. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** No gradient belongs to this graph: norms run as one kernel each, a rounding apart from their parts. */
  readonly isInference?: boolean;
  /** A pass over the translated model, whose inputs and outputs the session then has. */
  readonly rewrite?: (model: OnnxModel) => OnnxModel;
  /** Where constants lie that are kept outside of the model. */
  readonly externalFolder?: string;
  /** File prefix of ONNX Runtime's per-operator profile, written by `Session.endProfiling`. */
  readonly profile?: string;
}

/** Number of threads to use when nothing else is said. */
export function defaultThreads(): number {
  return Number(flag("CODET5_THREADS") ?? availableParallelism());
}

/** A compiled graph. Run it with feeds by input name; release it when done. */
export class Session {
  readonly graph: Graph;
  readonly #session: ort.InferenceSession;
  readonly #nodeNamed: ReadonlyMap<string, Node>;
  readonly #dtypes: ReadonlyMap<string, string>;
  readonly #inspected: OnnxModel | undefined;

  /** @param inspected the model with every tensor exposed, where runs are to be inspected */
  constructor(
    graph: Graph,
    session: ort.InferenceSession,
    nodeNamed: ReadonlyMap<string, Node>,
    inspected?: OnnxModel,
  ) {
    this.#inspected = inspected;
    this.graph = graph;
    this.#session = session;
    this.#nodeNamed = nodeNamed;
    const signatures = [
      ...graph.inputs.map((value) => [value.name!, value.dtype] as const),
      ...[...graph.outputs].map(([name, value]) => [name, value.dtype] as const),
    ];
    this.#dtypes = new Map(signatures);
  }

  /**
   * Run once. Feeds are read in place, never copied.
   * @param fetches outputs to compute; all of them when omitted. A buffer given here receives the
   *   values in place, so that nothing is allocated per run
   * @throws RuntimeFailure `run.missing`, `run.feed` or `run.shape` for a feed that does not fit,
   *   `run.fetch` for an unknown output, `runtime.onnx` naming the line that built the failing node
   */
  async run(
    feeds: Readonly<Record<string, NdArray>>,
    fetches?: Readonly<Record<string, NdArray | null>>,
  ): Promise<Record<string, NdArray>> {
    const inputs: Record<string, ort.Tensor> = {};
    const sizes = new Map<string, BoundSize>();
    for (const value of this.graph.inputs) {
      const name = value.name!;
      const feed = feeds[name];
      if (feed === undefined) throw this.#missing(value);
      bindSizes(this.graph, value, feed.shape, sizes);
      inputs[name] = this.#tensor(name, feed);
    }
    const asked = this.#fetches(fetches);
    const computed = await this.#execute(inputs, this.#withExposed(asked));
    const results: Record<string, NdArray> = Object.fromEntries(
      Object.entries(computed).map(([name, { data, dims }]) => {
        return [name, { data: data as NdArray["data"], shape: dims }];
      }),
    );
    if (this.#inspected === undefined) return results;
    this.#inspect(this.#inspected, { feeds, results, sizes });
    const names = Object.keys(asked ?? Object.fromEntries(this.graph.outputs));
    return Object.fromEntries(names.map((name) => [name, results[name]!]));
  }

  async release(): Promise<void> {
    await this.#session.release();
  }

  /** Write the profile asked for at compile time. */
  endProfiling(): void {
    this.#session.endProfiling();
  }

  /** Every tensor, where runs are inspected. */
  #withExposed(fetches: Record<string, ort.Tensor | null> | undefined) {
    if (this.#inspected === undefined || fetches === undefined) return fetches;
    const all = this.#inspected.outputs.map(({ name }) => [name, null] as const);
    return { ...Object.fromEntries(all), ...fetches };
  }

  #inspect(
    model: OnnxModel,
    run: {
      readonly feeds: Readonly<Record<string, NdArray>>;
      readonly results: Readonly<Record<string, NdArray>>;
      readonly sizes: ReadonlyMap<string, BoundSize>;
    },
  ): void {
    const bound = [...run.sizes].map(([name, { size }]) => [name, size] as const);
    const sizes = Object.fromEntries(bound);
    inspectRun({ ...run, model, nodeNamed: this.#nodeNamed, sizes });
  }

  #fetches(fetches: Readonly<Record<string, NdArray | null>> | undefined) {
    if (fetches === undefined) return undefined;
    const entries = Object.entries(fetches).map(([name, buffer]) => {
      if (!this.graph.outputs.has(name)) throw this.#unknownOutput(name);
      return [name, buffer === null ? null : this.#tensor(name, buffer)] as const;
    });
    return Object.fromEntries(entries);
  }

  async #execute(
    inputs: Record<string, ort.Tensor>,
    fetches: Record<string, ort.Tensor | null> | undefined,
  ) {
    const start = performance.now();
    try {
      const results = await (fetches
        ? this.#session.run(inputs, fetches)
        : this.#session.run(inputs));
      tellWatchers(this.graph.name, start);
      debug(2, () => `run ${this.graph.name}: ${since(start)}`);
      return results;
    } catch (cause) {
      throw mapFailure(`cannot run graph ${this.graph.name}`, cause, this.#nodeNamed);
    }
  }

  #tensor(name: string, { data, shape }: NdArray): ort.Tensor {
    const dtype = this.#dtypes.get(name) as ort.Tensor.Type;
    try {
      return new ort.Tensor(dtype, data as ort.Tensor.DataType, shape);
    } catch (cause) {
      throw new RuntimeFailure(
        "run.feed",
        `bad feed ${name} for graph ${this.graph.name}`,
        {
          expected: `${dtype}, ${sizeOf(shape)} elements`,
          got: `${data.constructor.name} of ${data.length} as [${shape}]`,
        },
        cause,
      );
    }
  }

  #missing(value: Value): RuntimeFailure {
    const message = `graph ${this.graph.name} needs the feed ${value.name}`;
    const expected = `${value.name}: ${formatSignature(value)}`;
    return new RuntimeFailure("run.missing", message, { expected, got: "nothing" });
  }

  #unknownOutput(name: string): RuntimeFailure {
    return new RuntimeFailure("run.fetch", `graph ${this.graph.name} has no output ${name}`, {
      expected: [...this.graph.outputs.keys()].join(", "),
      got: name,
    });
  }
}

/** The size of a named dimension in one run, and the input that set it. */
interface BoundSize {
  readonly size: number;
  readonly input: string;
}

/** A feed has its input's rank and fixed sizes, and a name stands for one size in all feeds. */
function bindSizes(
  graph: Graph,
  value: Value,
  shape: readonly number[],
  sizes: Map<string, BoundSize>,
): void {
  const fits = value.shape.map((dim, axis) => {
    const size = shape[axis]!;
    if (typeof dim === "number") return dim === size;
    const bound = sizes.get(dim);
    if (bound === undefined) sizes.set(dim, { size, input: value.name! });
    return bound === undefined || bound.size === size;
  });
  if (shape.length === value.shape.length && fits.every(Boolean)) return;
  const known = value.shape.flatMap((dim) => {
    const bound = sizes.get(String(dim));
    return bound === undefined || bound.input === value.name
      ? []
      : [`${dim} is ${bound.size} in ${bound.input}`];
  });
  throw new RuntimeFailure("run.shape", `feed ${value.name} does not fit graph ${graph.name}`, {
    expected: [`${formatSignature(value)}`, ...known].join(", "),
    got: `[${shape.join(", ")}]`,
  });
}

/**
 * Compile a graph into a session.
 * @throws RuntimeFailure when ONNX Runtime refuses it, naming the line that built the node
 */
export async function compile(graph: Graph, options: CompileOptions = {}): Promise<Session> {
  const start = performance.now();
  const { isInference = false, rewrite = (model) => model } = options;
  const { model: translated, nodeNamed } = toOnnx(graph, isInference ? "inference" : "onnxruntime");
  const fixed = fixDimensions(rewrite(translated), options.dimensions ?? {});
  dumpGraph(graph.name, fixed);
  const inspected = isInspecting() ? exposeTensors(fixed) : undefined;
  const model = inspected ?? fixed;
  try {
    // types between nodes are for readers: ONNX Runtime infers its own, and trusts ours with memory
    const bytes = encodeModel({ ...model, values: [] });
    const session = await ort.InferenceSession.create(bytes, sessionOptions(options));
    debug(1, () => `compile ${graph.name} (${model.nodes.length} nodes): ${since(start)}`);
    return new Session(withSignature(graph, fixed), session, nodeNamed, inspected);
  } catch (cause) {
    throw mapFailure(`cannot compile graph ${graph.name}`, cause, nodeNamed);
  }
}

/** The graph with the inputs and outputs of the model that was made of it. */
function withSignature(graph: Graph, { inputs, outputs }: OnnxModel): Graph {
  const known = new Map(graph.inputs.map((value) => [value.name!, value]));
  const asValue = ({ name, dtype, shape }: ValueInfo, own: Value | undefined) => {
    const isOwn = own?.dtype === dtype && `${own.shape}` === `${shape}`;
    return isOwn ? own : input(name, dtype, shape);
  };
  return {
    ...graph,
    inputs: inputs.map((info) => asValue(info, known.get(info.name))),
    outputs: new Map(
      outputs.map((info) => [info.name, asValue(info, graph.outputs.get(info.name))]),
    ),
  };
}

function sessionOptions(options: CompileOptions): ort.InferenceSession.SessionOptions {
  const {
    device = "cpu",
    memoryPattern = false,
    memoryArena = true,
    profile,
    externalFolder,
  } = options;
  const external = externalFolder && {
    model_external_initializers_file_folder_path: externalFolder,
    // the arena would keep what packing no longer needs
    use_device_allocator_for_initializers: "1",
  };
  const noOptimization = flag("CODET5_NOOPT") === "1";
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: options.threads ?? defaultThreads(),
    interOpNumThreads: 1,
    graphOptimizationLevel: noOptimization ? "disabled" : (options.optimization ?? "all"),
    enableMemPattern: memoryPattern,
    enableCpuMemArena: memoryArena,
    logSeverityLevel: 4,
    // ONNX Runtime's threads must not spin while ours run the optimizer
    extra: { session: { force_spinning_stop: "1", ...external } },
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}

/** Find the graph's nodes that the runtime's message names, and show where they were built. */
function mapFailure(
  message: string,
  cause: unknown,
  nodeNamed: ReadonlyMap<string, Node>,
): RuntimeFailure {
  const text = cause instanceof Error ? cause.message : String(cause);
  // ONNX Runtime puts names in quotes or parentheses
  const quoted = new Set(text.match(/(?<=['"(])[^'"()]+(?=['")])/g));
  const [name, node] = [...nodeNamed].find(([candidate]) => quoted.has(candidate)) ?? [];
  const where = node === undefined ? {} : { where: `${name}, built at ${node.site()}` };
  const shapes = node?.inputs.map((value) => (value ? formatSignature(value) : "-")).join(", ");
  return new RuntimeFailure(
    "runtime.onnx",
    message,
    { got: text.trim(), ...where, ...(shapes === undefined ? {} : { help: `inputs: ${shapes}` }) },
    cause,
  );
}

function since(start: number): string {
  return `${(performance.now() - start).toFixed(1)} ms`;
}
