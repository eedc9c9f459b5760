/** @file `codet5 doctor`: is this machine fit, and is a model folder whole? */
import { z } from "zod";
import { formatFindings, runChecks } from "../checks.ts";
import { machineChecks } from "../machine-checks.ts";
import { modelFolderChecks } from "../model-folder-checks.ts";
import { defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().optional().meta({
      description: "model to check as well: a folder, or owner/name on the hub",
      isModel: true,
    }),
  }),
  examples: [
    { command: "codet5 doctor", text: "check Node, memory, ONNX Runtime and PyTorch" },
    {
      command: "codet5 doctor my-model",
      text: "check a model folder: files, config, tokenizer, weights, memory",
    },
  ],
  async run({ options: { folder } }) {
    const findings = [
      ...(await runChecks(machineChecks, undefined)),
      ...(folder === undefined ? [] : await runChecks(modelFolderChecks, { path: folder })),
    ];
    const isFit = findings.every(({ status }) => status !== "failed");
    return {
      json: { version: packageVersion(), ok: isFit, findings },
      text: formatFindings(findings),
      exitCode: isFit ? 0 : 1,
    };
  },
});
