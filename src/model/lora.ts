/**
 * @file Low-rank adapters (LoRA, Hu et al. 2021): which linear maps get one, and its parameters. A map W of
 * [out, in] computes x Wᵀ + s (x Aᵀ) Bᵀ with A [rank, in], B [out, rank] and s = alpha / rank; B starts at zero.
 * Names and layout are PEFT's.
 */
import { ConfigError } from "../base/index.ts";
import { type Node, nodesBehind, type Value } from "../graph/index.ts";
import { noDropout } from "../nn/index.ts";
import type { Architecture } from "./architecture.ts";
import type { ModelType } from "./family.ts";
import { type ParameterSpec, parameterInputs } from "./parameters.ts";

export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  /** Probability in [0, 1) that an input of an adapter is dropped. */
  readonly dropout: number;
  /**
   * Modules by the end of their names, `q_proj` or `self_attn.q_proj`; `*` stands for anything, and
   * `all-linear` for every linear map but the output's.
   */
  readonly targets: readonly string[];
}

/** PEFT's, TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING. */
export const defaultTargets: Readonly<Record<ModelType, readonly string[]>> = {
  t5: ["q", "v"],
  llama: ["q_proj", "v_proj"],
  mistral: ["q_proj", "v_proj"],
  gpt2: ["c_attn"],
  roberta: ["query", "value"],
};

/** A linear map with an adapter. */
export interface AdaptedModule {
  /** State-dict name without `.weight`. */
  readonly module: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the weight is stored as [in, out], as GPT-2's. */
  readonly isInputFirst: boolean;
}

const weightSuffix = ".weight";
const allLinear = "all-linear";
const outputModules = /^(encoder\.)?(lm_head|score|classifier|tagger)\b/;

/** Name of a module's adapter matrix. */
export function adapterName(module: string, matrix: "A" | "B"): string {
  return `${module}.lora_${matrix}${weightSuffix}`;
}

export function isAdapterName(parameter: string): boolean {
  return /\.lora_[AB]\.weight$/.test(parameter);
}

/** Factor of an adapter's product. */
export function loraScale({ alpha, rank }: LoraConfig): number {
  return alpha / rank;
}

/** Modules of new heads: trained whole beside the adapters, PEFT's `modules_to_save`. */
export function isTrainedWhole(parameter: string): boolean {
  return /^(classifier|score|tagger)\./.test(parameter);
}

/**
 * The linear maps that the targets name.
 * @throws ConfigError `lora.targets` for a target that is no linear map of the model, naming those there are
 */
export function adaptedModules(
  architecture: Architecture,
  targets: readonly string[],
): AdaptedModule[] {
  const maps = linearMaps(architecture);
  const chosen = new Set<AdaptedModule>();
  for (const target of targets) {
    const found = maps.filter(({ module }) => isNamed(module, target));
    if (found.length === 0) throw noTarget(target, maps);
    for (const one of found) chosen.add(one);
  }
  return maps.filter((one) => chosen.has(one));
}

function isNamed(module: string, target: string): boolean {
  if (target === allLinear) return !outputModules.test(module);
  const pattern = target.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(^|\\.)${pattern.join(".*")}$`).test(module);
}

function noTarget(target: string, maps: readonly AdaptedModule[]): ConfigError {
  const names = new Set(maps.map(({ module }) => module.slice(module.lastIndexOf(".") + 1)));
  return new ConfigError("lora.targets", `no linear map of the model is named ${target}`, {
    expected: [...names, allLinear].join(", "),
    got: target,
  });
}

/** Rows of these are looked up: no linear maps, whether an output depends on them or not. */
const tables = /(^|\.)(shared|relative_attention_bias|embed\w*)\.weight$/;

/**
 * Matrices that only multiply from the right. One that no output of this head depends on counts as well: the
 * heads that are trained together share their adapters.
 */
function linearMaps({ parameters, build }: Architecture): AdaptedModule[] {
  const weights = parameterInputs(parameters);
  const { outputs } = build((name) => weights.get(name)!, noDropout);
  const uses = new Map<Value, Node[]>();
  for (const node of nodesBehind(Object.values(outputs))) {
    for (const value of node.inputs) {
      if (value?.name !== undefined) uses.set(value, [...(uses.get(value) ?? []), node]);
    }
  }
  return parameters.flatMap(({ name, shape }) => {
    const weight = weights.get(name)!;
    const nodes = uses.get(weight) ?? [];
    const isMap = nodes.every((node) => isLinear(node, weight)) && !tables.test(name);
    if (shape.length !== 2 || !isMap) return [];
    const isInputFirst = nodes.some((node) => !node.attributes.transB);
    const [outputs, inputs] = isInputFirst ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
    return [{ module: name.slice(0, -weightSuffix.length), inputs, outputs, isInputFirst }];
  });
}

function isLinear({ op, inputs, attributes }: Node, weight: Value): boolean {
  const isProduct = op === "MatMul" || op === "FusedMatMul";
  return isProduct && inputs[1] === weight && inputs[0] !== weight && !attributes.transA;
}

/** A and B of each module, A first; A is drawn as PyTorch draws a linear map. */
export function adapterParameters(
  modules: readonly AdaptedModule[],
  { rank }: Pick<LoraConfig, "rank">,
): ParameterSpec[] {
  return modules.flatMap(({ module, inputs, outputs }): ParameterSpec[] => [
    {
      name: adapterName(module, "A"),
      shape: [rank, inputs],
      initializer: { kind: "uniform", bound: inputs ** -0.5 },
    },
    {
      name: adapterName(module, "B"),
      shape: [outputs, rank],
      initializer: { kind: "constant", value: 0 },
    },
  ]);
}
