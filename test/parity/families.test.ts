/**
 * @file Llama, Mistral, GPT-2 and RoBERTa against Hugging Face Transformers 4.36 (PyTorch, float32) on tiny
 * random checkpoints. Tolerances are those of the project's contract.
 */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readJsonFile, type Tensor } from "../../src/base/index.ts";
import { loadModel, type Model } from "../../src/model/index.ts";
import { type GoldenSlice, goldenModels, leading } from "./golden-models.ts";

/** What every family recorded; logits whole for a classification, in slices for a language model. */
interface FamilyGolden {
  readonly input_ids: number[][];
  readonly attention_mask?: number[][];
  readonly labels?: number[];
  readonly loss: number;
  readonly grad_l2: Readonly<Record<string, number>>;
  readonly logits?: GoldenSlice;
  readonly "logits[:, :3]"?: GoldenSlice;
  readonly "logits[:, -1]"?: GoldenSlice;
  readonly greedy_from_20?: number[][];
}

const read = (folder: string) => readJsonFile(join(folder, "golden.json")) as FamilyGolden;
const folders = ["llama", "mistral", "gpt2", "roberta"].flatMap((name) => {
  return goldenModels(name).map((folder) => [name, folder] as const);
});

/** The labels of a language model are its inputs. */
function batchOf({ input_ids: inputIds, attention_mask: mask, labels }: FamilyGolden) {
  return {
    inputIds,
    labels: labels ?? inputIds,
    ...(mask === undefined ? {} : { attentionMask: mask }),
  };
}

/** `tensor[:, -1]`. @param tensor [B, S, V] */
function last({ data, shape }: Tensor): number[] {
  const [batch, length, width] = shape as [number, number, number];
  return Array.from({ length: batch }, (_, row) => {
    return [...data.subarray(((row + 1) * length - 1) * width, (row + 1) * length * width)];
  }).flat();
}

const norm = (values: Float32Array) => Math.hypot(...values);

async function expectGradients(model: Model, golden: FamilyGolden) {
  const { loss, gradients } = await model.lossAndGradients(batchOf(golden));
  expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-5);
  expect([...gradients.keys()].sort()).toEqual(Object.keys(golden.grad_l2).sort());
  const far = Object.entries(golden.grad_l2).filter(([name, want]) => {
    return !(Math.abs(norm(gradients.get(name)!.data) - want) <= 1e-3 * want + 1e-6);
  });
  expect(far).toEqual([]);
}

describe.each(folders)("%s", (_name, folder) => {
  const golden = read(folder);

  test("logits, loss and the gradient norm of every parameter", async () => {
    const model = await loadModel(folder);
    const { logits, loss } = await model.forward(batchOf(golden));
    expect(Math.abs(loss! - golden.loss)).toBeLessThan(1e-5);
    if (golden.logits) expect(logits.data).toBeAllclose(golden.logits.data, { atol: 1e-4 });
    else {
      expect(leading(logits, 3)).toBeAllclose(golden["logits[:, :3]"]!.data, { atol: 1e-4 });
      expect(last(logits)).toBeAllclose(golden["logits[:, -1]"]!.data, { atol: 1e-4 });
    }
    await expectGradients(model, golden);
    await model.release();
  });
});

const writers = folders.filter(([, folder]) => read(folder).greedy_from_20 !== undefined);

describe.each(writers)("%s", (_name, folder) => {
  const golden = read(folder);

  test("greedy decoding: the same tokens", async () => {
    const model = await loadModel(folder);
    const wanted = golden.greedy_from_20!;
    const inputIds = golden.input_ids.map((row) => row.slice(0, 20));
    const maxNewTokens = wanted[0]!.length - 20;
    const { sequences } = await model.generate({ inputIds, maxNewTokens });
    expect(sequences).toEqual(wanted);
    // of unequal length, a batch gives what its examples give alone
    const ragged = [inputIds[0]!, inputIds[1]!.slice(3)];
    const together = await model.generate({ inputIds: ragged, maxNewTokens });
    const alone = await model.generate({ inputIds: [ragged[1]!], maxNewTokens });
    expect(together.sequences[0]).toEqual(wanted[0]);
    expect(together.sequences[1]!.slice(3)).toEqual(alone.sequences[0]);
    await model.release();
  });
});

test("parity: every golden family there is has been compared", () => {
  expect(folders.length).toBeLessThanOrEqual(4);
});
