/** @file What workers report and write: lines of progress, weights and optimizer state. */
import { join } from "node:path";
import { z } from "zod";
import { DataError } from "../base/index.ts";
import { readSafetensors, readTensor } from "../checkpoint/index.ts";
import { loadValues } from "../optim/index.ts";
import type { EngineSetting } from "../train/index.ts";

/** JSON has no NaN: the worker writes null for it. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

/** Lines of `results/progress.jsonl`, by event. */
const lineSchema = z.discriminatedUnion("event", [
  z.object({ event: z.literal("start"), torch: z.string(), device: z.string() }),
  z.object({
    event: z.literal("step"),
    /** Updates made, this one included. */
    step: z.number(),
    seconds: z.number(),
    loss: number,
    count: z.number(),
    gradNorm: number,
    isFinite: z.boolean(),
  }),
  z.object({ event: z.literal("saved"), folder: z.string().regex(/^\d+$/), step: z.number() }),
  z.object({ event: z.literal("end") }),
]);

type Line = z.output<typeof lineSchema>;

/** A line of one event. */
export type LineOf<E extends Line["event"]> = Extract<Line, { event: E }>;

/**
 * A line as it was asked for.
 * @param where the file it comes from
 * @throws DataError `engine.report` for another
 */
export function lineOf<E extends Line["event"]>(event: E, line: unknown, where: string): LineOf<E> {
  const parsed = lineSchema.safeParse(line);
  if (parsed.success && parsed.data.event === event) return parsed.data as LineOf<E>;
  throw new DataError("engine.report", "a torch worker reports what was not asked for", {
    expected: `an event ${event}`,
    got: JSON.stringify(line).slice(0, 200),
    where,
  });
}

/** Whether a line only tells that a worker has begun. */
export function isStart(line: unknown): boolean {
  return (line as { event?: unknown } | null)?.event === "start";
}

/**
 * Take weights and optimizer state over from a folder that a worker wrote.
 * @throws DataError for a file that is missing, damaged, or of another model
 */
export async function takeOver(
  folder: string,
  { trainer, optimizer }: Pick<EngineSetting, "trainer" | "optimizer">,
): Promise<void> {
  const read = (name: string) => {
    const { tensors } = readSafetensors(join(folder, name));
    return new Map([...tensors].map(([key, tensor]) => [key, readTensor(tensor)]));
  };
  loadValues(trainer.store, read("model.safetensors"));
  optimizer.loadState(read("optimizer.safetensors"));
  for (const head of trainer.heads) await trainer.modelFor(head).weightsChanged();
}
