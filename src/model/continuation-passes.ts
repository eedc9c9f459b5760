/** @file The passes of a language model over a session that continues texts: logits, and the loss read off them. */
import { type NdArray, sizeOf } from "../base/index.ts";
import type { Runner } from "./cached-decoder.ts";
import type { ContinuationSession } from "./continuation-session.ts";

type Arrays = Readonly<Record<string, NdArray>>;
type Results = Record<string, NdArray>;

/** Passes by the name that `Model` has for them. */
export const continuationPasses: Readonly<
  Record<string, (session: ContinuationSession, feeds: Arrays) => Promise<Results>>
> = {
  forward: async (session, feeds) => ({ logits: await allLogits(session, feeds) }),
  "forward with loss": async (session, feeds) => {
    const logits = await allLogits(session, feeds);
    return { logits, loss: lossOf(await scoredLogits(session, feeds), feeds).loss };
  },
  "scored logits": async (session, feeds) => ({ logits: await scoredLogits(session, feeds) }),
  loss: async (session, feeds) => lossOf(await scoredLogits(session, feeds), feeds),
};

/** In the place of a session of one pass; it is not the owner of what it runs on. */
export function passRunner(name: string, session: ContinuationSession): Runner {
  return { run: (feeds) => continuationPasses[name]!(session, feeds), release: async () => {} };
}

async function allLogits(session: ContinuationSession, feeds: Arrays): Promise<NdArray> {
  const { shape } = feeds.input_ids!;
  const data = await session.logits(feeds);
  return { data, shape: [...shape, data.length / sizeOf(shape)] };
}

async function scoredLogits(session: ContinuationSession, feeds: Arrays): Promise<NdArray> {
  const places = feeds.target_positions!.data as Int32Array;
  const data = await session.logits(feeds, places);
  return { data, shape: [places.length, data.length / places.length] };
}

/** Sum of the cross-entropies, in nats, and the number of rows whose largest logit is the wanted one. */
function lossOf({ data, shape }: NdArray, feeds: Arrays): { loss: NdArray; num_correct: NdArray } {
  const targets = feeds.target_ids!.data as Int32Array;
  const [rows, classes] = shape as [number, number];
  let [loss, numCorrect] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const scores = (data as Float32Array).subarray(row * classes, (row + 1) * classes);
    let best = 0;
    for (let i = 1; i < classes; i++) if (scores[i]! > scores[best]!) best = i;
    let total = 0;
    for (let i = 0; i < classes; i++) total += Math.exp(scores[i]! - scores[best]!);
    loss += scores[best]! + Math.log(total) - scores[targets[row]!]!;
    if (best === targets[row]) numCorrect++;
  }
  const scalar = (value: number) => ({ data: Float32Array.of(value), shape: [] });
  return { loss: scalar(loss), num_correct: scalar(numCorrect) };
}
