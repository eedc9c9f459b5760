import { describe, expect, test } from "vitest";
import { toyModel } from "../../test/toy-model.ts";
import { withHead } from "./folder.ts";

const model = withHead(toyModel(), "tagging", 3);
const inputIds = [
  [5, 9, 17, 2],
  [8, 3, 2],
];
const labels = [
  [-100, 1, 0, -100],
  [1, 0, -100],
];

describe("t5Tagging", () => {
  test("tagging: a probability for every token, the sigmoid of its logit", async () => {
    const { logits, prob, loss } = await model.forward({ inputIds, labels });
    expect(logits.shape).toEqual([2, 4]);
    const expected = logits.data.map((x) => 1 / (1 + Math.exp(-x)));
    expect(prob!.data).toBeAllclose(expected, { atol: 1e-6 });
    // binary cross-entropy over the four scored tokens
    const scored = [1, 2, 4, 5].map((at) => expected[at]!);
    const terms = [scored[0]!, 1 - scored[1]!, scored[2]!, 1 - scored[3]!].map((p) => -Math.log(p));
    expect(loss).toBeCloseTo(terms.reduce((a, b) => a + b) / 4, 5);
  });

  test("tagging: the decoder learns nothing, the encoder and the tagger do", async () => {
    const { gradients } = await model.lossAndGradients({ inputIds, labels });
    const moves = (name: string) => gradients.get(name)!.data.some((x) => x !== 0);
    expect(moves("tagger.weight")).toBe(true);
    expect(moves("tagger.bias")).toBe(true);
    expect(moves("encoder.block.0.layer.0.SelfAttention.q.weight")).toBe(true);
    for (const name of gradients.keys())
      if (name.startsWith("decoder.")) expect(moves(name)).toBe(false);
  });

  test("tagging: right answers are counted", async () => {
    const { prob } = await model.forward({ inputIds });
    const answers = [1, 2, 4, 5].map((at) => Number(prob!.data[at]! > 0.5));
    const tags = [
      [-100, answers[0]!, answers[1]!, -100],
      [answers[2]!, 1 - answers[3]!, -100],
    ];
    expect(await model.evaluateLoss({ inputIds, labels: tags })).toMatchObject({
      numCorrect: 3,
      count: 4,
    });
  });
});
