/** @file What can be asked whether code is vulnerable: the seam between kinds of models. */
import type { ModelQuantization } from "../model/index.ts";
import type { Asked, PromptScores, QuestionName, Shot } from "../prompt/index.ts";

/** How every kind is asked. */
export interface JudgeOptions {
  readonly question: QuestionName;
  /** Examples of a few-shot prompt; none is zero-shot. */
  readonly shots: readonly Shot[];
  /** Tokens of a prompt, for models whose tokens we count; longer code is cut. */
  readonly maxTokens: number;
  /** Folder that keeps a server's answers. */
  readonly answers: string;
  /** Requests at once, to a server. */
  readonly concurrency: number;
  /** Of this run, to a server. */
  readonly maxRequests?: number;
  /** Of this run, to a server. */
  readonly maxServerTokens?: number;
  /** Of ONNX Runtime and llama.cpp; default: all cores. */
  readonly threads?: number;
  /** A GGUF file of a LoRA adapter, for `gguf:`. */
  readonly adapter?: string;
  /** How a folder's weights are held, for `prompt:`; default none. */
  readonly quantization?: ModelQuantization;
  /** Of 4 bits: layers are there in 8 bits as well, and prompts are read by those; default false. */
  readonly hasFastPrompts?: boolean;
}

/** A model that is asked. */
export interface Judge {
  /** Of everything in the model that decides its scores, as far as it can be known. */
  readonly digest: string;
  /** `llama`, `gguf`, `openai`, ... */
  readonly family: string;
  /** @throws CodeT5Error; a server's answers so far are kept */
  score(asked: readonly Asked[], onProgress?: (done: number) => void): Promise<PromptScores>;
  close(): Promise<void>;
}

/** A kind of model, by how its names begin. */
export interface JudgeKind {
  /** What its names look like, for messages. */
  readonly names: string;
  readonly prefix: string;
  /** @param name with its prefix */
  readonly open: (name: string, options: JudgeOptions) => Promise<Judge>;
}
