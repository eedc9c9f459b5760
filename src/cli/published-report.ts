/** @file What is known of a published model, and what this machine can do with it. */
import { existsSync, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname } from "node:path";
import { ConfigError, DataError, hubEnvironment, nearest } from "../base/index.ts";
import { type ModelNeeds, needsOf, type Published, published } from "../published/index.ts";
import { formatBytes } from "./checks.ts";
import { formatTable } from "./table.ts";

/** What a published model takes, for `--json`. */
export function publishedJson(model: Published) {
  const { parameters, diskBytes, needs } = needsOf(model);
  const { name, licence, gate, modelType } = model;
  return { name, licence, gate, modelType, parameters, diskBytes, needs };
}

/** The same as text, beside the machine's memory. */
export function publishedText(model: Published): string {
  const { parameters, diskBytes, needs } = needsOf(model);
  const memory = machineMemory();
  const rows = needs.map(({ use, precision, memoryBytes, engine }) => {
    return [use, precision, formatBytes(memoryBytes), memoryBytes <= memory ? "yes" : "no", engine];
  });
  const gate = model.gate === "none" ? "none" : `${model.gate}: ${gateSteps(model)}`;
  return [
    `model       ${model.name} (${model.modelType})`,
    `licence     ${model.licence}`,
    `gate        ${gate}`,
    `parameters  ${(parameters / 1e6).toFixed(parameters < 1e9 ? 1 : 0)} million`,
    `download    ${formatBytes(diskBytes)}, ${formatBytes(freeDisk())} free`,
    `memory      ${formatBytes(memory)} in this machine`,
    "",
    formatTable(["use", "weights", "memory", "fits", "by"], rows),
  ].join("\n");
}

function gateSteps({ name }: Published): string {
  return `sign in, agree at https://huggingface.co/${name}, and set HF_TOKEN to a token that may read`;
}

function machineMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

const cacheFolder = () => hubEnvironment().cacheFolder;

function freeDisk(): number {
  let at = cacheFolder();
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  const { bavail, bsize } = statfsSync(at);
  return bavail * bsize;
}

/** Refuse a download that does not fit. @throws DataError `model.disk` */
export function requireDisk({ diskBytes }: Pick<ModelNeeds, "diskBytes">, name: string): void {
  const free = freeDisk();
  if (diskBytes <= free) return;
  throw new DataError("model.disk", `${name} does not fit onto the disk`, {
    expected: `${formatBytes(diskBytes)} of disk`,
    got: `${formatBytes(free)} free`,
    where: cacheFolder(),
    help: "set HF_HUB_CACHE to a folder with room",
  });
}

/** A refusal of the hub, with what to do about it when the model is known to be gated. */
export function explainRefusal(error: unknown, model: Published | undefined): unknown {
  if (!(error instanceof DataError) || error.code !== "hub.denied") return error;
  if (model === undefined || model.gate === "none") return error;
  const help = `${model.name} is given to those who ${model.gate}: ${gateSteps(model)}`;
  return new DataError(error.code, error.message, { ...error.details, help }, error);
}

/** @throws ConfigError `model.unknown` */
export function unknownModel(name: string): ConfigError {
  const names = published.map((model) => model.name);
  return new ConfigError("model.unknown", "nothing is known of this model without the hub", {
    expected: `one of ${names.length} published names`,
    got: name,
    help: `the nearest is ${nearest(name, names)}; without --info any model is fetched`,
  });
}
