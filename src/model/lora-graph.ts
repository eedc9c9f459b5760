/** @file Adapters as a transformation of graphs: each product with an adapted weight gets a second summand. */
import { add, apply, matMul, rewrite, type Value } from "../graph/index.ts";
import type { Dropout } from "../nn/index.ts";
import type { Architecture, BuiltModel } from "./architecture.ts";
import {
  type AdaptedModule,
  adaptedModules,
  adapterName,
  adapterParameters,
  type LoraConfig,
  loraScale,
} from "./lora.ts";

/**
 * An architecture with adapters beside its weights: parameters are its own and the adapters', in that order.
 * @throws ConfigError `lora.targets` for a target that is no linear map of the model
 */
export function withLora(architecture: Architecture, lora: LoraConfig): Architecture {
  const modules = adaptedModules(architecture, lora.targets);
  return {
    ...architecture,
    parameters: [...architecture.parameters, ...adapterParameters(modules, lora)],
    build: (weight, dropout) => {
      const adapted = new Map<string, AdaptedModule>(
        modules.map((one) => [`${one.module}.weight`, one]),
      );
      const moduleOf = new Map<Value, AdaptedModule>();
      const tracked = (name: string) => {
        const value = weight(name);
        const module = adapted.get(name);
        if (module !== undefined) moduleOf.set(value, module);
        return value;
      };
      const built = architecture.build(tracked, dropout);
      return withSummands(built, moduleOf, { weight, dropout, scale: loraScale(lora) });
    },
  };
}

interface Adapting {
  readonly weight: (name: string) => Value;
  readonly dropout: Dropout;
  readonly scale: number;
}

function withSummands(
  built: BuiltModel,
  moduleOf: ReadonlyMap<Value, AdaptedModule>,
  adapting: Adapting,
): BuiltModel {
  const { outputs, loss, classes, targets } = built;
  const sites = new Map<string, number>();
  const roots = [...Object.values(outputs), loss, classes, targets];
  const changed = rewrite(roots, (node, inputs) => {
    const [x, weight] = inputs;
    const module = x && weight ? moduleOf.get(weight) : undefined;
    if (module === undefined || !x) return undefined;
    // a map that is used twice drops apart
    const use = sites.get(module.module) ?? 0;
    sites.set(module.module, use + 1);
    const site = `${module.module}.lora${use === 0 ? "" : `.${use}`}`;
    return add(apply(node.op, inputs, node.attributes), summand(x, module, site, adapting));
  });
  const names = Object.keys(outputs);
  const [newLoss, newClasses, newTargets] = changed.slice(names.length) as [Value, Value, Value];
  return {
    ...built,
    outputs: Object.fromEntries(names.map((name, i) => [name, changed[i]!])),
    loss: newLoss,
    classes: newClasses,
    targets: newTargets,
  };
}

/** s (drop(x) Aᵀ) Bᵀ. @param x [..., in] @returns [..., out] */
function summand(
  x: Value,
  { module }: AdaptedModule,
  site: string,
  { weight, dropout, scale }: Adapting,
): Value {
  const dropped = dropout.apply(x, site, dropout.adapterRate);
  const low = matMul(dropped, weight(adapterName(module, "A")), { transB: true });
  return matMul(low, weight(adapterName(module, "B")), { transB: true, alpha: scale });
}
