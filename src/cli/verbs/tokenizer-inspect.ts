/** @file `codet5 tokenizer inspect`: what a tokenizer is made of. */
import { z } from "zod";
import { loadTokenizer } from "../../tokenizer/index.ts";
import { printable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().meta({ description: "folder with the tokenizer's files" }),
  }),
  examples: [{ command: "codet5 tokenizer inspect my-model", text: "sizes and special tokens" }],
  async run({ options }) {
    const tokenizer = await loadTokenizer(options.folder);
    const { definition, vocabSize, sentinelIds } = tokenizer;
    const special = Object.entries(definition.specialTokens).map(([role, token]) => {
      return { role, token, id: tokenizer.tokenToId(token) ?? null };
    });
    const json = {
      vocabSize,
      numMerges: definition.merges.length,
      numAddedTokens: definition.addedTokens.length,
      numSentinels: sentinelIds.length,
      modelMaxLength: definition.modelMaxLength ?? null,
      specialTokens: special,
      template: {
        before: definition.postProcessor.before.map(({ token }) => token),
        after: definition.postProcessor.after.map(({ token }) => token),
      },
    };
    const { before, after } = json.template;
    const lines = [
      `tokens       ${vocabSize}`,
      `merges       ${json.numMerges}`,
      `added tokens ${json.numAddedTokens}, of them ${sentinelIds.length} sentinels`,
      `template     ${[...before, "text", ...after].join(" ")}`,
      ...special.map(({ role, token, id }) => `${role.padEnd(12)} ${token} (${id ?? "no id"})`),
    ];
    return { json, text: lines.map(printable).join("\n") };
  },
});
