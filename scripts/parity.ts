/**
 * @file Ours beside Hugging Face Transformers on models that `parity/draw_models.py` drew, and on PEFT's adapters of them:
 * `tsx scripts/parity.ts FOLDER`. Exits with 1 when anything is beyond the project's tolerances.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readJsonFile } from "../src/base/index.ts";
import { loadModel, type Model } from "../src/model/index.ts";

interface Reference {
  readonly input_ids: number[][];
  readonly attention_mask: number[][];
  readonly labels: number[] | number[][];
  readonly loss: number;
  readonly shape: readonly number[];
  readonly logits: readonly number[];
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly greedy?: readonly number[];
}

/** The contract's: of logits (relative to the largest above 1), of the loss, of gradient norms relative to theirs. */
const tolerances = { logits: 1e-4, loss: 1e-5, gradients: 1e-3 } as const;

/** Largest difference over the largest logit, padding of the input aside. */
function logitsOff(got: Float32Array, { logits, shape, attention_mask: mask }: Reference): number {
  if (got.length !== logits.length) return Number.POSITIVE_INFINITY;
  const width = shape.at(-1)!;
  const tokens = mask.flat();
  const isOfInput = logits.length / width === tokens.length;
  const counts = (i: number) => !isOfInput || tokens[Math.floor(i / width)] === 1;
  const largest = logits.reduce((most, logit) => Math.max(most, Math.abs(logit)), 1);
  const off = logits.map((want, i) => (counts(i) ? Math.abs(got[i]! - want) : 0));
  return off.reduce((a, b) => Math.max(a, b), 0) / largest;
}

/** Gradients of all weights; an adapter's are held against nothing here. */
async function gradientsOff(model: Model, batch: object, { gradientNorms }: Reference) {
  const { gradients } = await model.lossAndGradients(batch as never);
  const names = new Set([...gradients.keys(), ...Object.keys(gradientNorms)]);
  return Math.max(
    ...[...names].map((name) => {
      const want = gradientNorms[name] ?? Number.NaN;
      const got = Math.hypot(...(gradients.get(name)?.data ?? [Number.NaN]));
      const off = Math.abs(got - want) / (want + 1e-3);
      return Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
    }),
  );
}

async function writes(model: Model, ids: readonly number[], wanted: readonly number[]) {
  const { sequences } = await model.generate({ inputIds: [ids], maxNewTokens: 16 });
  return sequences[0]!.join() === wanted.join();
}

async function compare(folder: string): Promise<boolean> {
  const reference = readJsonFile(join(folder, "reference.json"), 64e6) as Reference;
  const { input_ids: inputIds, attention_mask: attentionMask, labels, greedy } = reference;
  const batch = { inputIds, attentionMask, labels } as Parameters<Model["forward"]>[0];
  const model = await loadModel(folder);
  const { logits, loss } = await model.forward(batch);
  const off = {
    logits: logitsOff(logits.data, reference),
    loss: Math.abs(loss! - reference.loss),
    gradients: model.adapter === undefined ? await gradientsOff(model, batch, reference) : 0,
  };
  const isSame = greedy === undefined || (await writes(model, inputIds[0]!, greedy));
  await model.release();
  const keys = Object.keys(tolerances) as (keyof typeof tolerances)[];
  const isFine = isSame && keys.every((key) => off[key] <= tolerances[key]);
  const figures = keys.map((key) => `${key} ${off[key].toExponential(1)}`).join("  ");
  console.log(`${isFine ? "ok " : "OFF"} ${folder}  ${figures}${isSame ? "" : "  other tokens"}`);
  return isFine;
}

const root = process.argv[2];
if (root === undefined) throw new Error("the folder of the drawn models is needed");
for (const name of readdirSync(root).sort()) {
  if (!(await compare(join(root, name)))) process.exitCode = 1;
}
