/** @file The table of what can be asked, by the prefix of its name. */
import { ConfigError } from "../base/index.ts";
import { endpointKind } from "./endpoint-judge.ts";
import { folderKind } from "./folder-judge.ts";
import { ggufKind } from "./gguf-judge.ts";
import type { Judge, JudgeKind, JudgeOptions } from "./judge.ts";

const kinds: readonly JudgeKind[] = [endpointKind, ggufKind, folderKind];

/** Whether a name is that of a model that is asked. */
export function isJudgeName(name: string): boolean {
  return kinds.some(({ prefix }) => name.startsWith(prefix));
}

const defaults = {
  question: "auditor-1",
  shots: [],
  maxTokens: 2048,
  concurrency: 8,
} as const;

/**
 * Open a model to be asked.
 * @throws ConfigError `judge.name`; DataError, ConfigError of its kind
 */
export function openJudge(
  name: string,
  options: Partial<JudgeOptions> & Pick<JudgeOptions, "answers">,
): Promise<Judge> {
  const kind = kinds.find(({ prefix }) => name.startsWith(prefix));
  if (kind !== undefined) return kind.open(name, { ...defaults, ...options });
  throw new ConfigError("judge.name", "no model that can be asked", {
    expected: kinds.map(({ names }) => names).join("; "),
    got: JSON.stringify(name),
  });
}
