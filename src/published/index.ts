/** @file Published models: names, licences, gates, and what they need of a machine. */

export { type Published, published, publishedModel } from "./names.ts";
export { type ModelNeeds, type Need, needsOf } from "./needs.ts";
