/** @file `codet5 model fetch`: a model of the hub into the cache that Python's library uses too. */
import { z } from "zod";
import { fetchModel, requireModelName } from "../../hub/index.ts";
import { formatBytes } from "../checks.ts";
import { watchFetch } from "../model-argument.ts";
import { formatTable } from "../table.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["name"],
  options: z.strictObject({
    name: z.string().meta({ description: "owner/name on the hub, or owner/name@revision" }),
  }),
  examples: [
    {
      command: "codet5 model fetch Salesforce/codet5-small",
      text: "fetch what is not there yet; HF_HOME, HF_ENDPOINT and HF_TOKEN are honoured",
    },
  ],
  async run(call) {
    const fetched = await fetchModel(requireModelName(call.options.name), watchFetch(call));
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
