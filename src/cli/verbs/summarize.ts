/** @file `codet5 summarize`: a sentence for every function. */
import { defineFunctionVerb } from "../function-verb.ts";

export const verb = defineFunctionVerb({
  task: "summarize",
  isPretrained: true,
  show: (place, text) => `${place}: ${text}`,
  examples: [
    { command: "codet5 summarize src/main.go --model my-model", text: "a line for every function" },
    {
      command: "codet5 summarize *.py --model my-model --output summaries.jsonl",
      text: "the same as JSON lines, with places",
    },
  ],
});
