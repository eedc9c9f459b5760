/**
 * @file `tsx scripts/ship-security.ts --lab LAB --model NAME --out models/codet5-security`: makes the model of `codet5
 * classify` from a finished lab: of the seeds of its security adaptation the one with the best AUC on
 * validation; weights in 8 bits, tokenizer, frozen threshold, and a model card of the lab's figures.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readJsonFile, writeFileAtomically } from "../src/base/index.ts";
import { labFiles, type PredictionFacts, readLabFolder } from "../src/lab/index.ts";
import { atTemperature, rocAuc } from "../src/metrics/index.ts";
import { loadModel } from "../src/model/index.ts";
import { writeTaskFile } from "../src/tasks/index.ts";
import { saveShipped } from "./ship/save-shipped.ts";
import { linesOf, securityCard, securityResults } from "./ship/security-card.ts";

const { values } = parseArgs({
  options: { lab: { type: "string" }, model: { type: "string" }, out: { type: "string" } },
});
const { lab, model: name, out } = values;
if (lab === undefined || name === undefined || out === undefined) {
  throw new Error("--lab, --model and --out are needed");
}

const experiment = readJsonFile(join(lab, labFiles.experiment)) as { maxSourceLength: number };
const folder = join(lab, "predictions", name, "security", "default");
const labels = new Map(
  linesOf<{ id: string; label: 0 | 1; part: string }>(join(lab, labFiles.samples))
    .filter(({ part }) => part === "validation")
    .map(({ id, label }) => [id, label]),
);

function validationAuc(seed: number): number {
  const all = linesOf<{ id: string; score: number }>(join(folder, `${seed}.jsonl`));
  const own = all.filter(({ id }) => labels.has(id));
  return rocAuc(
    own.map(({ score }) => score),
    own.map(({ id }) => labels.get(id)!),
  );
}

const seeds = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => Number.parseInt(file, 10))
  .map((seed) => ({ seed, auc: validationAuc(seed) }))
  .sort((a, b) => b.auc - a.auc);
const { seed, auc } = seeds[0]!;
const facts = readJsonFile(join(folder, `${seed}.json`)) as PredictionFacts;

/** The run that made it: `both` trains on labels as well, for fewer steps. */
const run = readdirSync(join(lab, "stages"))
  .map((stage) => join(lab, "stages", stage, "run"))
  .find((path) => {
    try {
      const made = readJsonFile(join(path, "config.json")) as Record<string, unknown>;
      return made.kind === "security" && made.seed === seed && made.steps === facts.stepsRun;
    } catch {
      return false;
    }
  });
if (run === undefined) throw new Error(`no run of seed ${seed} in ${lab}`);

const source = join(run, "best");
const model = await loadModel(source);
await saveShipped(model, source, out);
await model.release();
const { temperature, trainLanguages } = facts;
// the lab's is of scores as they come, the task file's of calibrated ones
const threshold = atTemperature(facts.threshold, temperature);
const results = securityResults(lab, name, seed);
writeTaskFile(out, [
  {
    task: "vulnerability",
    subTask: "",
    prompt: "",
    maxSourceLength: experiment.maxSourceLength,
    maxTargetLength: 5,
    decision: {
      ...{ threshold, temperature, trainLanguages: [...trainLanguages] },
      measured: results.flatMap(({ source, language, samples, small, rocAuc }) =>
        small || rocAuc === null
          ? []
          : [{ source, language, samples, rocAuc: Number(rocAuc.toFixed(3)) }],
      ),
    },
  },
]);
const { description } = await readLabFolder(lab);
const card = securityCard({
  results,
  name,
  seed,
  auc,
  facts,
  threshold,
  experiment: description.name,
});
writeFileAtomically(join(out, "README.md"), card);
