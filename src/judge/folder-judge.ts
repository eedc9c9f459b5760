/** @file A decoder-only model of a Hugging Face folder, asked in its own chat template. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";
import { batchesByLength, digestOfFile, digestOfText } from "../data/index.ts";
import { findModelFolder } from "../hub/index.ts";
import { loadModel, type Model, type ModelQuantization } from "../model/index.ts";
import {
  type AnswerTokens,
  answerTokens,
  encodeSegments,
  fitPrompt,
  openChat,
  type PromptScores,
  probabilityOfYes,
  readChatTemplate,
} from "../prompt/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Judge, JudgeKind, JudgeOptions } from "./judge.ts";

/** Prompts read together. */
const batchSize = 4;

export const folderKind: JudgeKind = {
  names: "prompt:FOLDER or prompt:OWNER/NAME, a decoder-only model",
  prefix: "prompt:",
  open: openFolder,
};

async function openFolder(name: string, options: JudgeOptions): Promise<Judge> {
  const folder = await findModelFolder(name.slice(folderKind.prefix.length));
  const { quantization = "none", hasFastPrompts = false } = options;
  const model = await loadModel(folder, { quantization, hasFastPrompts });
  const tokenizer = await loadTokenizer(folder);
  if (model.head !== "generation" || model.config.decoderStartTokenId !== undefined) {
    throw new ConfigError("judge.family", "the model does not go on with a text", {
      expected: "a decoder-only language model: Llama, Mistral, GPT-2",
      got: `${model.modelType} for ${model.head}`,
      where: folder,
    });
  }
  const template = readChatTemplate(folder, tokenizer);
  const encode = (text: string) => tokenizer.encodeIds(text, { addSpecialTokens: false });
  const answers = answerTokens(encode);
  const prompt = {
    ...options,
    render: openChat(template).render,
    encode: (segments: Parameters<typeof encodeSegments>[1]) => encodeSegments(tokenizer, segments),
    maxTokens: Math.min(options.maxTokens, contextOf(model) - 1),
  };
  return {
    family: model.modelType,
    digest: await digestOfFolder(folder, { quantization, hasFastPrompts }),
    async score(asked, onProgress = () => {}) {
      const fitted = await Promise.all(asked.map((one) => fitPrompt(one, prompt)));
      const rows = fitted.map(({ ids }) => ids);
      const told = await scoresOf(model, rows, answers, onProgress);
      return { ...told, truncated: fitted.map(({ isCut }) => isCut) };
    },
    close: () => model.release(),
  };
}

/** Tokens that fit the model. */
function contextOf({ configJson }: Model): number {
  const { max_position_embeddings: positions, n_positions: older } = configJson;
  return Number(positions ?? older ?? 1024);
}

/** Configuration, weights, tokenizer and template; nothing that only people read. */
async function digestOfFolder(
  path: string,
  { quantization, hasFastPrompts }: { quantization: ModelQuantization; hasFastPrompts: boolean },
): Promise<string> {
  const folder = currentFolder(path);
  const isRead = (name: string) =>
    /\.(json|txt|safetensors|bin|jinja)$/.test(name) && !/^(checksums|task)/.test(name);
  const names = readdirSync(folder).filter(isRead).sort();
  const digests = names.map(async (name) => [name, await digestOfFile(join(folder, name))]);
  const held = [
    ...(quantization === "none" ? [] : [quantization]),
    ...(hasFastPrompts ? ["fast prompts"] : []),
  ];
  return digestOfText(JSON.stringify([...(await Promise.all(digests)), ...held]));
}

async function scoresOf(
  model: Model,
  rows: readonly number[][],
  answers: AnswerTokens,
  onProgress: (done: number) => void,
): Promise<Pick<PromptScores, "scores" | "unparsable">> {
  const scores = new Array<number>(rows.length).fill(0);
  const lengths = rows.map(({ length }) => length);
  const [anyAnswer] = answers[0] as [number];
  let done = 0;
  let neither = 0;
  for (const batch of batchesByLength(lengths, batchSize)) {
    const prompts = batch.map((i) => rows[i]!);
    // the label's own value does not matter: it marks the position whose logits are wanted
    const logits = await model.scoredLogits({
      inputIds: prompts.map((ids) => [...ids, anyAnswer]),
      labels: prompts.map((ids) => [...ids.map(() => -100), anyAnswer]),
    });
    const vocabSize = logits.shape.at(-1)!;
    batch.forEach((i, row) => {
      const own = logits.data.subarray(row * vocabSize, (row + 1) * vocabSize);
      scores[i] = probabilityOfYes(answers, (id) => own[id]!);
      const highest = own.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      if (!answers.flat().some((id) => own[id] === highest)) neither += 1;
    });
    done += batch.length;
    onProgress(done);
  }
  return { scores, unparsable: neither / Math.max(rows.length, 1) };
}
