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
  readonly masks: Value[] = [];

  /** @param rate probability in [0, 1) of dropping an element */
  constructor(rate: number) {
    this.rate = rate;
  }

  /** @param x any shape, float32 @param site unique in the graph; names the mask input */
  apply(x: Value, site: string): Value {
    if (this.rate === 0) return x;
    const mask = input(`dropout.${site}`, "float32", x.shape);
    this.masks.push(mask);
    return mul(x, mask);
  }
}

/** For inference: every site passes its input through. */
export const noDropout = new Dropout(0);
