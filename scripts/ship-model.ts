/**
 * @file `tsx scripts/ship-model.ts --model RUN/best --data CORPUS --run RUN... --out models/NAME`: makes the
 * checkpoint that the package ships: weights in 8 bits, tokenizer, and a model card with every score
 * measured here, in float32 and in 8 bits, on the corpus's test part.
 */
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { writeFileAtomically } from "../src/base/index.ts";
import { openCorpus } from "../src/data/index.ts";
import { loadModel, type Model } from "../src/model/index.ts";
import { evaluatePretraining, type PretrainingReport, poolOf } from "../src/pretraining/index.ts";
import { modelCard } from "./ship/model-card.ts";
import { readRun } from "./ship/run-history.ts";
import { saveShipped } from "./ship/save-shipped.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    data: { type: "string" },
    run: { type: "string", multiple: true },
    out: { type: "string" },
    limit: { type: "string", default: "200" },
  },
});
const { model: source, data, run: folders = [], out, limit } = values;
if (source === undefined || data === undefined || out === undefined) {
  throw new Error("--model, --data and --out are needed");
}

async function score(folder: string): Promise<PretrainingReport> {
  const tagging = await loadModel(folder, { head: "tagging" });
  const generation: Model = tagging.withWeights(tagging.weights, "generation");
  const corpus = openCorpus(data!, { verify: "index" });
  const pool = poolOf([{ split: corpus.split("test"), weight: 1 }]);
  const options = {
    maxSourceLength: 512,
    maxTargetLength: 256,
    batchSize: 16,
    limit: Number(limit),
  };
  try {
    const { tokenizer } = corpus;
    const subject = { models: { tagging, generation }, tokenizer, pool, options };
    return await evaluatePretraining(subject, (done, total) => {
      process.stderr.write(`scored ${done} of ${total} functions\n`);
    });
  } finally {
    corpus.close();
    await tagging.release();
    await generation.release();
  }
}

const model = await loadModel(source, { head: "tagging" });
await saveShipped(model, source, out);
const numParameters = [...model.weights.values()].reduce(
  (sum, { data: { length } }) => sum + length,
  0,
);
const { configJson } = model;
await model.release();
const { manifest } = openCorpus(data, { verify: "index" });
const card = await modelCard({
  name: basename(out),
  configJson,
  numParameters,
  manifest,
  runs: folders.map(readRun),
  float32: await score(source),
  int8: await score(out),
  limit: Number(limit),
});
writeFileAtomically(join(out, "README.md"), card.text);
writeFileAtomically(join(out, "curves.svg"), card.curves);
