/**
 * @file Dropout whose masks are inputs of the graph: a pure function of (seed, step, site, position),
 * so that a run resumes bit for bit. ONNX Runtime's own `Dropout` keeps its generator in the session.
 */
import { input, mul, type Shape, type Value } from "../graph/index.ts";

/** One place where dropout is applied: the mask input to feed. */
export interface DropoutSite {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * Collects the sites of one graph. Rate 0 adds nothing.
 * A mask holds 0 (dropped) or 1 / (1 - rate) (kept), so one multiplication does it, forward and back.
 */
export class Dropout {
  readonly rate: number;
  /** Of the inputs of adapters. */
  readonly adapterRate: number;
  readonly masks: Value[] = [];
  /** Of each mask. */
  readonly rates: number[] = [];

  /** @param rate probability in [0, 1) of dropping an element @param adapterRate the same, in adapters */
  constructor(rate: number, adapterRate = 0) {
    this.rate = rate;
    this.adapterRate = adapterRate;
  }

  /** @param x any shape, float32 @param site unique in the graph; names the mask input */
  apply(x: Value, site: string, rate = this.rate): Value {
    if (rate === 0) return x;
    const mask = input(`dropout.${site}`, "float32", x.shape);
    this.masks.push(mask);
    this.rates.push(rate);
    return mul(x, mask);
  }
}

/** For inference: every site passes its input through. */
export const noDropout = new Dropout(0);
