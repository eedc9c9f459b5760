/** @file Weights of a folder in blocks of 4 bits: from the cache, or made for it. */
import { cacheFolder, type Tensor } from "../base/index.ts";
import {
  type BlockSource,
  blockFolder,
  hasBlocks,
  readBlockIndex,
  writeBlocks,
} from "./block-cache.ts";
import type { ModelDescription } from "./folder.ts";
import { describeRequirements, requirementsOf, requireRoom } from "./requirements.ts";
import { lazyWeights, setStorage } from "./stored-weights.ts";
import { usesOf } from "./weight-uses.ts";

/**
 * Weights whose sessions read blocks of 4 bits from a file of the cache; asked for, they are those of the folder.
 * @throws DataError `model.memory`, `model.disk` with what is needed, before anything is made
 */
export async function blockWeights(
  description: ModelDescription,
  options: {
    readonly cache?: string;
    readonly hasFastPrompts?: boolean;
    readonly onNews?: (line: string) => void;
  },
): Promise<ReadonlyMap<string, Tensor>> {
  const { spec, parameters, checkpoint } = description;
  const { cache = cacheFolder(), onNews = () => {}, hasFastPrompts = false } = options;
  // what there is to convert, and how the model's graphs read it
  const source: BlockSource = {
    parameters,
    tensors: checkpoint.tensors,
    uses: usesOf(spec),
    hasColumns: hasFastPrompts,
  };
  const folder = blockFolder(cache, source);
  const isThere = hasBlocks(folder);
  const all = requirementsOf(spec, source, "int4");
  const needs = isThere ? { ...all, diskBytes: 0 } : all;
  onNews(`this model in 4 bits needs ${describeRequirements(needs)}`);
  requireRoom(needs, { where: checkpoint.folder, cache });
  if (!isThere) await writeBlocks(folder, source, watch(onNews));
  const index = readBlockIndex(folder, parameters);
  const names = parameters.map(({ name }) => name);
  const weights = lazyWeights(names, checkpoint.tensors);
  setStorage(weights, { folder, available: () => index });
  return weights;
}

/** News at every tenth of the work. */
function watch(tell: (line: string) => void): (done: number, total: number) => void {
  let told = 0;
  return (done, total) => {
    const tenths = Math.floor((10 * done) / total);
    if (tenths > told) tell(`4-bit weights: ${10 * tenths} %`);
    told = tenths;
  };
}
