/**
 * @file Published models by name: licence, gate and architecture, so that a user knows before a download
 * what it takes. Architectures are those of the `config.json` on each model's page.
 */
import type { ModelType } from "../model/index.ts";

/** What must be done on the model's page before the hub gives it. */
type Gate = "none" | "accept its licence" | "share contact details";

/** A published model. */
export interface Published {
  /** `owner/name` on the hub. */
  readonly name: string;
  /** As its page states it. */
  readonly licence: string;
  readonly gate: Gate;
  readonly modelType: ModelType;
  /** Keys of `config.json` that decide its size. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Bytes of a weight in its files. */
  readonly storedBytes: 2 | 4;
}

const llamaLike = (
  hidden_size: number,
  intermediate_size: number,
  num_hidden_layers: number,
  num_attention_heads: number,
) => ({
  ...{ hidden_size, intermediate_size, num_hidden_layers, num_attention_heads },
  num_key_value_heads: 8,
});

const llama3 = { vocab_size: 128_256, rope_theta: 500_000, max_position_embeddings: 8192 };
const llama31 = { ...llama3, max_position_embeddings: 131_072 };
const llama8b = llamaLike(4096, 14_336, 32, 32);
const llama70b = llamaLike(8192, 28_672, 80, 64);
const llama1b = { ...llamaLike(2048, 8192, 16, 32), head_dim: 64, tie_word_embeddings: true };
const llama3b = { ...llamaLike(3072, 8192, 28, 24), head_dim: 128, tie_word_embeddings: true };
const mistral7b = { ...llamaLike(4096, 14_336, 32, 32), max_position_embeddings: 32_768 };
const roberta = {
  ...{ hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12 },
  ...{ vocab_size: 50_265, max_position_embeddings: 514, type_vocab_size: 1 },
};
const gpt2 = { n_embd: 768, n_layer: 12, n_head: 12, n_positions: 1024 };

const t5 = (d_model: number, d_ff: number, num_layers: number, num_heads: number) => ({
  ...{ vocab_size: 32_100, d_model, d_ff, num_layers, num_heads, d_kv: 64 },
  eos_token_id: 2,
});
const t5Small = t5(512, 2048, 6, 8);
const t5Base = t5(768, 3072, 12, 12);
const t5Large = t5(1024, 4096, 24, 16);

function meta(name: string, version: string, config: Published["config"]): Published {
  const licence = `Llama ${version} Community License`;
  return { ...gated(`meta-llama/${name}`, licence, "llama", config), gate: "accept its licence" };
}

function gated(
  name: string,
  licence: string,
  modelType: ModelType,
  config: Published["config"],
): Published {
  return { name, licence, gate: "share contact details", modelType, config, storedBytes: 2 };
}

function open(
  name: string,
  licence: string,
  modelType: ModelType,
  config: Published["config"],
): Published {
  return { name, licence, gate: "none", modelType, config, storedBytes: 4 };
}

const unstated = "not stated on its page";
const apache = "Apache-2.0";

export const published: readonly Published[] = [
  meta("Meta-Llama-3-8B", "3", { ...llama3, ...llama8b }),
  meta("Meta-Llama-3-8B-Instruct", "3", { ...llama3, ...llama8b }),
  meta("Meta-Llama-3-70B", "3", { ...llama3, ...llama70b }),
  meta("Meta-Llama-3-70B-Instruct", "3", { ...llama3, ...llama70b }),
  meta("Llama-3.1-8B", "3.1", { ...llama31, ...llama8b }),
  meta("Llama-3.1-8B-Instruct", "3.1", { ...llama31, ...llama8b }),
  meta("Llama-3.1-70B", "3.1", { ...llama31, ...llama70b }),
  meta("Llama-3.1-70B-Instruct", "3.1", { ...llama31, ...llama70b }),
  meta("Llama-3.2-1B", "3.2", { ...llama31, ...llama1b }),
  meta("Llama-3.2-1B-Instruct", "3.2", { ...llama31, ...llama1b }),
  meta("Llama-3.2-3B", "3.2", { ...llama31, ...llama3b }),
  meta("Llama-3.2-3B-Instruct", "3.2", { ...llama31, ...llama3b }),
  {
    ...gated("mistralai/Codestral-22B-v0.1", "MNPL-0.1, no production use", "mistral", {
      ...llamaLike(6144, 16_384, 56, 48),
      ...{ vocab_size: 32_768, head_dim: 128, max_position_embeddings: 32_768 },
    }),
    gate: "accept its licence",
  },
  gated("mistralai/Mistral-7B-v0.1", apache, "mistral", { ...mistral7b, vocab_size: 32_000 }),
  gated("mistralai/Mistral-7B-Instruct-v0.1", apache, "mistral", {
    ...mistral7b,
    vocab_size: 32_000,
  }),
  gated("mistralai/Mistral-7B-Instruct-v0.2", apache, "mistral", {
    ...mistral7b,
    vocab_size: 32_000,
  }),
  gated("mistralai/Mistral-7B-v0.3", apache, "mistral", { ...mistral7b, vocab_size: 32_768 }),
  gated("mistralai/Mistral-7B-Instruct-v0.3", apache, "mistral", {
    ...mistral7b,
    vocab_size: 32_768,
  }),
  open("microsoft/codebert-base", unstated, "roberta", roberta),
  open("microsoft/graphcodebert-base", unstated, "roberta", roberta),
  open("microsoft/unixcoder-base", apache, "roberta", {
    ...roberta,
    ...{ vocab_size: 51_416, max_position_embeddings: 1026, type_vocab_size: 10 },
  }),
  open("microsoft/CodeGPT-small-java", unstated, "gpt2", { ...gpt2, vocab_size: 50_001 }),
  open("microsoft/CodeGPT-small-py", unstated, "gpt2", { ...gpt2, vocab_size: 50_001 }),
  open("microsoft/CodeGPT-small-java-adaptedGPT2", unstated, "gpt2", {
    ...gpt2,
    vocab_size: 50_260,
  }),
  open("microsoft/CodeGPT-small-py-adaptedGPT2", unstated, "gpt2", { ...gpt2, vocab_size: 50_260 }),
  open("Salesforce/codet5-small", apache, "t5", t5Small),
  open("Salesforce/codet5-base", apache, "t5", t5Base),
  open("Salesforce/codet5-base-multi-sum", "BSD-3-Clause", "t5", t5Base),
  open("Salesforce/codet5-large", "BSD-3-Clause", "t5", t5Large),
  open("Salesforce/codet5-large-ntp-py", "BSD-3-Clause", "t5", t5Large),
];

/** The published model of that name, whatever the case of its letters. */
export function publishedModel(name: string): Published | undefined {
  return published.find((known) => known.name.toLowerCase() === name.toLowerCase());
}
