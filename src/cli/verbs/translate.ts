/** @file `codet5 translate`: every function in the other language, by a model fine-tuned for it. */
import { defineFunctionVerb } from "../function-verb.ts";

export const verb = defineFunctionVerb({
  task: "translate",
  isPretrained: false,
  show: (place, text) => `// ${place}\n${text}\n`,
  examples: [
    {
      command: "codet5 translate Main.java --model runs/java-cs/best",
      text: "every method of a Java file in C#",
    },
    {
      command: "codet5 translate Main.cs --model runs/multi/checkpoint --sub-task cs-java --json",
      text: "with a model of both directions",
    },
  ],
});
