/** @file How a model is asked by its family: what it reads, and where its answer is to be found. */
import type { Head, Model, ModelType } from "../model/index.ts";
import { familyOf } from "../model/index.ts";
import type { Task } from "./task.ts";

/** What encoding needs to know of the model. */
export interface Reader {
  readonly padTokenId: number;
  /** The answer continues the source instead of being written by a decoder of its own. */
  readonly isDecoderOnly: boolean;
  /** Of two snippets, the head reads each by itself; every other reads the one behind the other. */
  readonly readsPairs: boolean;
}

export function readerOf({ config, head }: Pick<Model, "config" | "head">): Reader {
  const { padTokenId, decoderStartTokenId } = config;
  const isDecoderOnly = head === "generation" && decoderStartTokenId === undefined;
  return { padTokenId, isDecoderOnly, readsPairs: head === "clone" };
}

/**
 * The head that a family's models have for a task: its first that the family has, or the task's first, which
 * the model then refuses by name.
 */
export function defaultHead({ heads }: Pick<Task, "heads">, modelType: ModelType): Head {
  const known = familyOf(modelType).heads;
  return heads.find((head) => known.includes(head)) ?? heads[0];
}
