/**
 * @file The table of what a lab can study. To add a family: a file that exports a `LabFamily`, and a row
 * here before the last one, which takes every other name for a model folder or a name on the hub.
 */
import { ConfigError } from "../base/index.ts";
import type { Experiment, ExperimentModel } from "./experiment.ts";
import { folderFamily } from "./folder-model.ts";
import { judgeFamily } from "./judge-model.ts";
import type { LabEngine, LabFamily, LabModel } from "./lab-model.ts";

const families: readonly LabFamily[] = [judgeFamily, folderFamily];

/**
 * Open a model of an experiment. @param engine of its trainings; absent: ONNX Runtime
 * @throws ConfigError `lab.model` for a name of a kind that there is not; DataError, ConfigError of its family
 */
export function openLabModel(
  model: ExperimentModel,
  experiment: Experiment,
  engine?: LabEngine,
): Promise<LabModel> {
  const family = families.find(({ accepts }) => accepts(model.model));
  if (family !== undefined) return family.open(model, experiment, engine);
  throw new ConfigError("lab.model", `no model ${JSON.stringify(model.model)}`, {
    expected: families.map(({ names }) => names).join(", "),
    got: model.model,
    where: `models, ${model.name}`,
  });
}
