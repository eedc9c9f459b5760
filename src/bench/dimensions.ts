/** @file Named dimensions against fixed ones: the same step graph, compiled both ways, in turns. */
import { performance } from "node:perf_hooks";
import type { NdArray } from "../base/index.ts";
import { type Batch, gradientName, type Model, stepGraph } from "../model/index.ts";
import { noDropout } from "../nn/index.ts";
import { compile, type Session } from "../runtime/index.ts";
import { median } from "./median.ts";

interface Comparison {
  readonly model: Model;
  readonly batch: Batch;
  /** Sizes of the named dimensions. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Runs of either session. */
  readonly runs: number;
}

/** Milliseconds of forward and backward with named and with fixed dimensions, medians. */
export async function compareDimensions(
  { model, batch, sizes, runs }: Comparison,
  tell: (done: number) => void,
) {
  const { graph } = stepGraph(model.architecture, noDropout);
  const sessions = {
    named: await compile(graph),
    fixed: await compile(graph, { dimensions: sizes }),
  };
  const feeds = {
    ...Object.fromEntries(model.weights),
    ...model.architecture.collate(batch).arrays,
  };
  const fetches: Record<string, NdArray | null> = { loss: null };
  for (const [name, { shape, data }] of model.weights) {
    fetches[gradientName(name)] = { shape, data: new Float32Array(data.length) };
  }
  const times = { named: [] as number[], fixed: [] as number[] };
  const timed = async (session: Session) => {
    const start = performance.now();
    await session.run(feeds, fetches);
    return performance.now() - start;
  };
  // the first run of each only warms up
  for (let run = 0; run <= runs; run++) {
    const ms = { named: await timed(sessions.named), fixed: await timed(sessions.fixed) };
    if (run === 0) continue;
    times.named.push(ms.named);
    times.fixed.push(ms.fixed);
    tell(run);
  }
  await Promise.all([sessions.named.release(), sessions.fixed.release()]);
  const [namedMs, fixedMs] = [median(times.named), median(times.fixed)];
  return { namedMs, fixedMs, ratio: namedMs / fixedMs };
}
