/** @file Models that are asked in prompts: behind servers, in GGUF files, decoder-only folders. */
import { RuntimeFailure } from "../base/index.ts";
import { digestOfText } from "../data/index.ts";
import { isJudgeName, openJudge } from "../judge/index.ts";
import { drawShots } from "../prompt/index.ts";
import type { Experiment, ExperimentModel } from "./experiment.ts";
import type { LabFamily, LabModel } from "./lab-model.ts";

export const judgeFamily: LabFamily = {
  names: "openai:MODEL@URL, gguf:FILE, prompt:MODEL",
  accepts: isJudgeName,
  open,
};

async function open(
  { model, adapter, quantization, fastPrompts }: ExperimentModel,
  { prompting }: Experiment,
): Promise<LabModel> {
  const { shots: numShots, ...asking } = prompting;
  const options = {
    ...asking,
    ...(adapter === undefined ? {} : { adapter }),
    ...(quantization === undefined ? {} : { quantization, hasFastPrompts: fastPrompts }),
  };
  const judge = await openJudge(model, options);
  await judge.close();
  const { family, digest } = judge;
  const { question, maxTokens } = prompting;
  const cannot = async () => {
    throw new RuntimeFailure("lab.adapt", `internal: ${model} is asked, never trained`);
  };
  return {
    family,
    digest: digestOfText(JSON.stringify([digest, question, maxTokens, numShots, adapter ?? null])),
    trainingDigest: "",
    adaptations: ["zero-shot"],
    isDrawn: numShots > 0,
    tokensOf: cannot,
    plan: cannot,
    adapt: cannot,
    score: async (samples, { seed, examples }, { onProgress }) => {
      const shots = drawShots(examples, numShots, seed);
      const asked = await openJudge(model, { ...options, shots });
      try {
        return await asked.score(samples, (done) => onProgress?.(done / samples.length));
      } finally {
        await asked.close();
      }
    },
  };
}
