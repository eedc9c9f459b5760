/** @file A verb table for tests of the command frame: one of each kind of option. */
import { setImmediate, setTimeout } from "node:timers/promises";
import { z } from "zod";
import { DataError } from "../src/base/index.ts";
import { defineVerb } from "../src/cli/verb.ts";
import type { Row } from "../src/cli/verb-table.ts";

const bake = defineVerb({
  arguments: ["dish", "guests"],
  options: z
    .strictObject({
      dish: z.enum(["bread", "cake"]).meta({ description: "what to bake" }),
      guests: z.array(z.string()).default([]).meta({ description: "who comes" }),
      batchSize: z.int().min(1).default(8).meta({ description: "pieces at once", unit: "pieces" }),
      heat: z.number().positive().default(180).meta({ description: "of the oven", unit: "C" }),
      salt: z.boolean().default(true).meta({ description: "salt it" }),
      layers: z.array(z.int()).default([1, 2]).meta({ description: "heights" }),
      noRepeat: z
        .union([z.int(), z.literal("never")])
        .default("never")
        .meta({
          description: "guests served again",
        }),
      until: z.number().nullable().default(null).meta({ description: "latest hour" }),
      ovens: z.int().optional().meta({ description: "ovens to use", defaultText: "all" }),
      spice: z.strictObject({ name: z.string() }).optional().meta({ description: "its spice" }),
    })
    .refine(({ heat, dish }) => dish !== "cake" || heat < 250, {
      path: ["heat"],
      message: "a cake burns at that heat",
    }),
  examples: [
    { command: "codet5 kitchen bake bread ann bob --batch-size 2", text: "bread for two" },
  ],
  async run({ options, config, write, log }) {
    log("baking");
    write("crumbs\n");
    return { json: { options, config }, text: `baked ${options.dish}` };
  },
});

const none = z.strictObject({});

const fail = defineVerb({
  arguments: ["how"],
  options: z.strictObject({ how: z.string().meta({ description: "kind of failure" }) }),
  examples: [],
  async run({ options: { how } }) {
    if (how === "data") throw new DataError("toy", "bad data", { where: "a\nb" });
    if (how === "disk") {
      const details = { code: "ENOSPC", syscall: "write", path: "out.bin" };
      throw Object.assign(new Error("ENOSPC: no space"), details);
    }
    if (how === "memory") throw new RangeError("Array buffer allocation failed");
    throw new TypeError("undefined is not a function");
  },
});

const endless = defineVerb({
  arguments: [],
  options: none,
  examples: [],
  async run({ write }) {
    for (;;) {
      write(`${"x".repeat(100)}\n`);
      // as between two tokens: a pipe that was full is served, one without a reader noticed
      await setImmediate();
    }
  },
});

/** Works until it is asked to stop; `--deaf` does not listen, `--slow` never gets done saving. */
const wait = defineVerb({
  arguments: [],
  options: z.strictObject({
    deaf: z.boolean().default(false).meta({ description: "leave signals alone" }),
    slow: z.boolean().default(false).meta({ description: "never finish saving" }),
    chatty: z.boolean().default(false).meta({ description: "log every step" }),
    exitCode: z.int().optional().meta({ description: "exit code after a stop" }),
  }),
  examples: [],
  async run({ options, log, progress, stopSignal }) {
    const signal = options.deaf ? undefined : stopSignal();
    const bar = progress({ label: "waiting", unit: "step", total: 1000 });
    log("ready");
    for (let step = 1; !signal?.aborted || options.slow; step++) {
      if (options.chatty) log(`step ${step}`);
      bar.update(step, { loss: 1 / step, tokensPerSecond: 1234.5 });
      await setTimeout(5);
    }
    const { exitCode } = options;
    return {
      json: { saved: true },
      text: "saved",
      ...(exitCode === undefined ? {} : { exitCode }),
    };
  },
});

export const toyTable: readonly Row[] = [
  {
    name: "kitchen",
    summary: "cook things",
    verbs: [{ name: "bake", summary: "bake a dish", load: async () => ({ verb: bake }) }],
  },
  { name: "fail", summary: "fail in a chosen way", load: async () => ({ verb: fail }) },
  { name: "endless", summary: "print without end", load: async () => ({ verb: endless }) },
  { name: "wait", summary: "work until asked to stop", load: async () => ({ verb: wait }) },
];
