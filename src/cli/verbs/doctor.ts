/** @file `codet5 doctor`: is this machine fit, and is a model folder whole? */
import { z } from "zod";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  arguments: ["folder"],
  options: z.strictObject({
    folder: z.string().optional().meta({ description: "model folder to check as well" }),
  }),
  examples: [{ command: "codet5 doctor", text: "check Node, cores, memory and ONNX Runtime" }],
  async run() {
    return { json: {} };
  },
});
