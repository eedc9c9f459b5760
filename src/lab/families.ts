/**
 * @file The table of what a lab can study. To add a family: a file that exports a `LabFamily`, and a row
 * here before the last one, which takes every other name for a model folder or a name on the hub.
 */
import type { Experiment, ExperimentModel } from "./experiment.ts";
import { folderFamily } from "./folder-model.ts";
import type { LabFamily, LabModel } from "./lab-model.ts";

const families: readonly LabFamily[] = [folderFamily];

/** Open a model of an experiment. @throws DataError, ConfigError of its family */
export function openLabModel(model: ExperimentModel, experiment: Experiment): Promise<LabModel> {
  return families.find(({ accepts }) => accepts(model.model))!.open(model, experiment);
}
