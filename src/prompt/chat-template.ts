/** @file Where a model's chat template comes from, and the forms used when it brings none. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError, readJsonFile, readTextFile } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

/** A template and what it may name. */
export interface ChatTemplate {
  readonly source: string;
  readonly bosToken: string;
  readonly eosToken: string;
  /** File it came from, or the form's name; shown in errors. */
  readonly where: string;
}

/** Jinja has no escapes in running text: a line break is written as one. */
const forms = {
  /** Meta, "Llama 3 model card and prompt formats". */
  llama3: [
    "{{ bos_token }}{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>",
    "",
    "{{ m.content }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>",
    "",
    '{{ "" }}{% endif %}',
  ].join("\n"),
  /** mistral-common, "tokenizer v3" (Codestral 22B, Mistral 7B v0.3): no system turn. */
  mistral: [
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }}[/INST]",
    "{%- elif m.role == 'assistant' %} {{ m.content }}{{ eos_token }}",
    "{%- else %}{{ raise_exception('no system turn') }}{% endif %}{% endfor %}",
  ].join("\n"),
  /** OpenAI's chat markup, as Qwen and others write it. */
  chatml: [
    "{% for m in messages %}<|im_start|>{{ m.role }}",
    "{{ m.content }}<|im_end|>",
    '{{ "" }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant',
    '{{ "" }}{% endif %}',
  ].join("\n"),
  /** For models that were not taught to converse: a text to go on with. */
  plain: [
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}",
    "Answer:{% elif m.role == 'assistant' %} {{ m.content }}",
    "",
    '{{ "" }}{% else %}{{ m.content }}',
    "",
    '{{ "" }}{% endif %}{% endfor %}',
  ].join("\n"),
} as const;

type FormName = keyof typeof forms;

/** A token that only models of that form have. */
const tells: readonly (readonly [string, FormName])[] = [
  ["<|start_header_id|>", "llama3"],
  ["<|im_start|>", "chatml"],
  ["[INST]", "mistral"],
];

/** The form that a vocabulary speaks for. */
export function formOf(hasToken: (token: string) => boolean): FormName {
  return tells.find(([token]) => hasToken(token))?.[1] ?? "plain";
}

/** A form as a template. */
export function formTemplate(
  name: FormName,
  tokens: { readonly bosToken: string; readonly eosToken: string },
): ChatTemplate {
  return { source: forms[name], ...tokens, where: `form ${name}` };
}

const named = z.array(z.looseObject({ name: z.string(), template: z.string() }));
const shape = z.looseObject({ chat_template: z.union([z.string(), named]).nullish() });

/**
 * The template of a model folder: `chat_template.jinja`, else `chat_template` of `tokenizer_config.json`
 * (of several the one called default), else the form that its special tokens belong to.
 * @throws DataError `file.*`, `json.*`, `template.missing` when several are given and none is the default
 */
export function readChatTemplate(folder: string, tokenizer: Tokenizer): ChatTemplate {
  const tokens = templateTokens(tokenizer);
  const file = join(folder, "chat_template.jinja");
  if (existsSync(file)) return { source: readTextFile(file, 1_000_000), ...tokens, where: file };
  const config = join(folder, "tokenizer_config.json");
  const source = existsSync(config) ? templateOf(readJsonFile(config), config) : undefined;
  if (source !== undefined) return { source, ...tokens, where: config };
  return formTemplate(
    formOf((token) => tokenizer.tokenToId(token) !== undefined),
    tokens,
  );
}

function templateTokens(tokenizer: Tokenizer) {
  const { specialTokens, postProcessor } = tokenizer.definition;
  // what the tokenizer itself puts in front, where it puts something
  const bosToken = specialTokens.bos ?? postProcessor.before[0]?.token ?? "";
  return { bosToken, eosToken: specialTokens.eos ?? "" };
}

function templateOf(json: unknown, where: string): string | undefined {
  const parsed = shape.safeParse(json);
  if (!parsed.success) {
    const details = { expected: "a text, or a list of names and templates", where };
    throw new DataError("template.missing", "chat_template cannot be read", details);
  }
  const { chat_template: template } = parsed.data;
  if (typeof template === "string" || template == null) return template ?? undefined;
  const found = template.find(({ name }) => name === "default");
  if (found !== undefined) return found.template;
  throw new DataError("template.missing", "none of the chat templates is the default", {
    expected: "one called default",
    got: template.map(({ name }) => name).join(", ") || "none",
    where,
  });
}
