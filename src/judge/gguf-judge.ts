/** @file A model in a GGUF file as a judge. */
import { digestOfFile, digestOfText } from "../data/index.ts";
import { type GgufModel, openGguf, readGgufModel } from "../gguf/index.ts";
import {
  answerTokens,
  type ChatTemplate,
  fitPrompt,
  formOf,
  formTemplate,
  openChat,
  probabilityOfYes,
  type Segment,
} from "../prompt/index.ts";
import type { Judge, JudgeKind, JudgeOptions } from "./judge.ts";

export const ggufKind: JudgeKind = {
  names: "gguf:FILE, run by node-llama-cpp",
  prefix: "gguf:",
  open: openFile,
};

async function openFile(name: string, options: JudgeOptions): Promise<Judge> {
  const path = name.slice(ggufKind.prefix.length);
  const { contextLength } = readGgufModel(path);
  const { adapter, threads } = options;
  const contextSize = Math.min(options.maxTokens, contextLength);
  const model = await openGguf(path, {
    contextSize,
    ...(threads === undefined ? {} : { threads }),
    ...(adapter === undefined ? {} : { adapter }),
  });
  const files = [path, ...(adapter === undefined ? [] : [adapter])];
  const digests = await Promise.all(files.map((file) => digestOfFile(file)));
  const answers = answerTokens((text) => model.tokenize(text, false));
  const prompt = {
    ...options,
    render: openChat(templateOf(model, path)).render,
    encode: (segments: readonly Segment[]) =>
      segments.flatMap(({ text, isTemplate }) => model.tokenize(text, isTemplate)),
    maxTokens: contextSize - 1,
  };
  return {
    family: "gguf",
    digest: digestOfText(JSON.stringify(digests)),
    async score(asked, onProgress = () => {}) {
      const scores: number[] = [];
      const truncated: boolean[] = [];
      let neither = 0;
      for (const one of asked) {
        const { ids, isCut } = await fitPrompt(one, prompt);
        const { logOf, likeliest } = await model.next(ids, answers.flat());
        scores.push(probabilityOfYes(answers, logOf));
        truncated.push(isCut);
        if (!answers.flat().includes(likeliest)) neither += 1;
        onProgress(scores.length);
      }
      return { scores, truncated, unparsable: neither / Math.max(asked.length, 1) };
    },
    close: () => model.close(),
  };
}

/** The file's own template, or the form that its special tokens belong to. */
function templateOf(model: GgufModel, where: string): ChatTemplate {
  const { chatTemplate, bosToken, eosToken } = model;
  if (chatTemplate !== undefined) return { source: chatTemplate, bosToken, eosToken, where };
  const isToken = (text: string) => model.tokenize(text, true).length === 1;
  return formTemplate(formOf(isToken), { bosToken, eosToken });
}
