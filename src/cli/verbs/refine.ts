/** @file `codet5 refine`: every function mended, by a model fine-tuned for it. */
import { defineFunctionVerb } from "../function-verb.ts";

export const verb = defineFunctionVerb({
  task: "refine",
  isPretrained: false,
  show: (place, text) => `// ${place}\n${text}\n`,
  examples: [
    {
      command: "codet5 refine Main.java --model runs/refine/best",
      text: "what each method might have meant to be",
    },
  ],
});
