/** @file Environment flags: the only reader of `process.env`; unknown `CODET5_*` names are errors. */
import { ConfigError } from "./errors.ts";
import { nearest } from "./nearest.ts";

interface Flag {
  readonly summary: string;
  readonly values: string;
  readonly parse: (text: string) => boolean;
}

const boolean = (text: string) => text === "0" || text === "1";

/** Every flag, its meaning and valid values; `docs/env.md` lists the same (a test compares them). */
export const environmentFlags = {
  CODET5_DEBUG: {
    summary: "1 sessions and stacks, 2 runs and steps, 3 graphs, 4 gradient rules, 5 every tensor",
    values: "0 to 5",
    parse: (text) => /^[0-5]$/.test(text),
  },
  CODET5_NOOPT: {
    summary: "1 turns ONNX Runtime's graph optimisation off: is it the optimiser?",
    values: "0 or 1",
    parse: boolean,
  },
  CODET5_DUMP: {
    summary: "folder that receives each compiled graph as .onnx and .txt",
    values: "a folder",
    parse: (text) => text.length > 0,
  },
  CODET5_CHECK: {
    summary: "1 stops at the first tensor that is not finite or not of its inferred shape",
    values: "0 or 1",
    parse: boolean,
  },
  CODET5_PYTHON: {
    summary: "the Python that has PyTorch, for --engine torch; default: the first that has",
    values: "a command or a path",
    parse: (text) => text.length > 0,
  },
  CODET5_THREADS: {
    summary: "threads for ONNX Runtime; default: all cores",
    values: "1 to 1024",
    parse: (text) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1024,
  },
} as const satisfies Record<string, Flag>;

export type EnvironmentFlag = keyof typeof environmentFlags;

/** The text of a flag, or undefined when unset or empty. */
export function flag(name: EnvironmentFlag): string | undefined {
  return process.env[name] || undefined;
}

/** Debug level, 0 (silent) to 5. */
export function debugLevel(): number {
  return Number(flag("CODET5_DEBUG") ?? 0);
}

/** Write a line to stderr at this debug level and above; below it, `text` is not even called. */
export function debug(level: number, text: () => string): void {
  if (debugLevel() >= level) process.stderr.write(`codet5: ${text()}\n`);
}

/** True when colour and cursor movement must not be written (https://no-color.org). */
export function noColor(): boolean {
  return Boolean(process.env.NO_COLOR);
}

/**
 * Check every `CODET5_*` variable once at start.
 * @throws ConfigError `env.unknown` or `env.value`
 */
export function checkEnvironment(environment: NodeJS.ProcessEnv = process.env): void {
  const names = Object.keys(environmentFlags) as EnvironmentFlag[];
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith("CODET5_") || !text) continue;
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new ConfigError("env.unknown", `unknown environment flag ${name}`, {
        expected: names.join(", "),
        got: name,
        help: `did you mean ${nearest(name, names)}?`,
      });
    }
    const { parse, values } = environmentFlags[known];
    if (!parse(text)) {
      throw new ConfigError("env.value", `bad value for ${name}`, { expected: values, got: text });
    }
  }
}

/** The environment of a child process: this one's, with some flags set. */
export function environmentWith(
  flags: Readonly<Partial<Record<EnvironmentFlag, string>>>,
): NodeJS.ProcessEnv {
  return { ...process.env, ...flags };
}
