/** @file What a user calls a model: a folder, or a name on the hub. The one place that decides. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DataError, hubEnvironment, nearest } from "../base/index.ts";
import { currentFolder } from "../checkpoint/index.ts";
import { cachedModels } from "./cache.ts";
import { type FetchHooks, fetchModel } from "./fetch-model.ts";
import { type ModelName, parseModelName } from "./model-name.ts";
import { defaultModel, securityModel, shippedModelFolder } from "./shipped.ts";

/**
 * The folder of a model. What is there on this machine wins; a name whose first word is a folder here
 * is a mistyped path, and nothing of it goes over the network.
 * @returns the argument itself when it exists, else the package's own model, else the folder in the cache
 * @throws DataError `model.folder` when it is neither a folder nor a name, `hub.*`
 */
export async function findModelFolder(argument: string, hooks: FetchHooks = {}): Promise<string> {
  if (existsSync(currentFolder(argument))) return argument;
  const shipped = shippedModelFolder(argument);
  if (shipped !== undefined) return shipped;
  const name = parseModelName(argument);
  if (name === undefined || existsSync(name.repository.split("/")[0]!)) throw noFolder(argument);
  try {
    return (await fetchModel(name, hooks)).folder;
  } catch (error) {
    throw asNeither(error, argument, name);
  }
}

function noFolder(argument: string): DataError {
  return new DataError("model.folder", `no model ${JSON.stringify(argument)}`, {
    expected: `a model folder, ${defaultModel}, or owner/name of a model on the hub`,
    got: "no such folder",
    where: argument,
    ...suggestion(argument),
  });
}

/** It was meant as a folder, or as a name: both are told. */
function asNeither(error: unknown, argument: string, { repository }: ModelName): unknown {
  if (!(error instanceof DataError) || !error.code.startsWith("hub.")) return error;
  const isUnknown = error.code === "hub.missing" || error.code === "hub.denied";
  const close = suggestion(argument).help ?? suggestedName(repository);
  return new DataError(
    error.code,
    `${JSON.stringify(argument)} is no folder here, and ${error.message}`,
    { ...error.details, ...(isUnknown && close !== undefined ? { help: close } : {}) },
    error,
  );
}

function suggestion(argument: string): { readonly help?: string } {
  if (argument === securityModel)
    return { help: "none came with this package: codet5 finetune vulnerability makes one" };
  const parent = dirname(argument);
  if (!existsSync(parent)) return {};
  const folders = readdirSync(parent, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name);
  const close = nearest(basename(argument), folders);
  return close === undefined ? {} : { help: `the nearest folder is ${join(parent, close)}` };
}

function suggestedName(repository: string): string | undefined {
  const close = nearest(repository, cachedModels(hubEnvironment().cacheFolder));
  return close === undefined ? undefined : `the nearest model of the cache is ${close}`;
}
