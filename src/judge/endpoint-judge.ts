/** @file A model behind a server as a judge. */
import { digestOfText } from "../data/index.ts";
import { endpointPrefix, openEndpoint, parseEndpointName } from "../endpoint/index.ts";
import type { Judge, JudgeKind, JudgeOptions } from "./judge.ts";

export const endpointKind: JudgeKind = {
  names: "openai:MODEL@URL, a server that speaks OpenAI's protocol",
  prefix: endpointPrefix,
  open: openServer,
};

async function openServer(name: string, options: JudgeOptions): Promise<Judge> {
  const { maxServerTokens, maxTokens: _ours, ...rest } = options;
  const endpoint = await openEndpoint(name, {
    ...rest,
    ...(maxServerTokens === undefined ? {} : { maxTokens: maxServerTokens }),
  });
  return {
    family: "openai",
    // what stands behind an address can be known by its name alone
    digest: digestOfText(JSON.stringify(parseEndpointName(name))),
    score: (asked, onProgress) => endpoint.score(asked, onProgress),
    close: () => endpoint.close(),
  };
}
