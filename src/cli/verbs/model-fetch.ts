/** @file `codet5 model fetch`: a model of the hub into the cache that Python's library uses too. */
import { z } from "zod";
import { fetchModel, requireModelName } from "../../hub/index.ts";
import { needsOf, publishedModel } from "../../published/index.ts";
import { formatBytes } from "../checks.ts";
import { watchFetch } from "../model-argument.ts";
import {
  explainRefusal,
  publishedJson,
  publishedText,
  requireDisk,
  unknownModel,
} from "../published-report.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["name"],
  options: z.strictObject({
    name: z.string().meta({ description: "owner/name on the hub, or owner/name@revision" }),
    info: z.boolean().default(false).meta({
      description: "tell licence, gate, size and what this machine can do with it; fetch nothing",
    }),
  }),
  examples: [
    {
      command: "codet5 model fetch Salesforce/codet5-small",
      text: "fetch what is not there yet; HF_HOME, HF_ENDPOINT and HF_TOKEN are honoured",
    },
    {
      command: "codet5 model fetch meta-llama/Meta-Llama-3-8B-Instruct --info",
      text: "what is known of it, and whether it fits this machine",
    },
  ],
  async run(call) {
    const name = requireModelName(call.options.name);
    const known = publishedModel(name.repository);
    if (call.options.info) {
      if (known === undefined) throw unknownModel(name.repository);
      return { json: publishedJson(known), text: publishedText(known) };
    }
    if (known !== undefined) {
      call.log(publishedText(known));
      requireDisk(needsOf(known), known.name);
    }
    const fetched = await fetchModel(name, watchFetch(call)).catch((error) => {
      throw explainRefusal(error, known);
    });
    const bytes = fetched.files.reduce((sum, file) => sum + file.bytes, 0);
    const rows = fetched.files.map(({ name, bytes: size }) => [name, size]);
    const head = [
      `model   ${fetched.name} at ${fetched.commit}`,
      `folder  ${fetched.folder}`,
      `size    ${formatBytes(bytes)}, ${formatBytes(fetched.fetchedBytes)} of it fetched now`,
    ];
    const table = formatTable(["file", "bytes"], rows);
    return { json: { ...fetched, bytes }, text: `${head.join("\n")}\n\n${table}` };
  },
});
