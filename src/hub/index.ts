/** @file Models by name: the Hugging Face hub and its cache on this machine. */
export { type FetchedModel, type FetchHooks, fetchModel } from "./fetch-model.ts";
export { findModelFolder } from "./find-model.ts";
export { requireModelName } from "./model-name.ts";
export { defaultModel, securityModel } from "./shipped.ts";
