/** @file `codet5 doctor`: is this machine fit, and is a model folder whole? */
import { z } from "zod";
import { formatFindings, runChecks } from "../checks.ts";
import { machineChecks } from "../machine-checks.ts";
import { defineVerb } from "../verb.ts";
import { packageVersion } from "../version.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().optional().meta({ description: "model folder to check as well" }),
  }),
  examples: [{ command: "codet5 doctor", text: "check Node, memory and ONNX Runtime" }],
  async run() {
    const findings = await runChecks(machineChecks, undefined);
    const isFit = findings.every(({ status }) => status !== "failed");
    return {
      json: { version: packageVersion(), ok: isFit, findings },
      text: formatFindings(findings),
      exitCode: isFit ? 0 : 1,
    };
  },
});
