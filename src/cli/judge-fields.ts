/** @file Options of verbs that ask a model in prompts. */
import { z } from "zod";
import { questionNames } from "../prompt/index.ts";

const size = z.int().min(1);

export const judgeFields = {
  model: z.string().meta({
    description: "openai:MODEL@URL, gguf:FILE, or prompt:MODEL of a decoder-only model folder",
  }),
  question: z
    .enum(questionNames)
    .default("auditor-1")
    .meta({ description: "version of the prompt" }),
  answers: z.string().default("runs/answers").meta({
    description: "folder that keeps a server's answers; nothing is asked twice",
  }),
  concurrency: size.max(1024).default(8).meta({ description: "requests at once, to a server" }),
  maxRequests: size.optional().meta({
    description: "requests to a server in this run",
    defaultText: "no limit",
  }),
  maxServerTokens: size.optional().meta({
    description: "tokens of a server in this run, prompts and answers",
    defaultText: "no limit",
  }),
  maxTokens: size.default(2048).meta({
    description: "longest prompt, for models whose tokens we count",
    unit: "tokens",
  }),
  adapter: z.string().optional().meta({
    description: "LoRA adapter, a GGUF file, for gguf: models",
    defaultText: "none",
  }),
};
