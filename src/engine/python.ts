/** @file The Python that has PyTorch: where it is, and what it can do. */
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { flag, parseJson, RuntimeFailure } from "../base/index.ts";

const run = promisify(execFile);

/** The worker's folder, in the repository and in the package alike. */
export const workerFolder = resolve(import.meta.dirname, "../../engines/torch");

/** A system's own Python often has its packages where another, found first, has none. */
const candidates = ["python3", "/usr/bin/python3", "python"];
const leastTorch = [1, 13] as const;
const probeMs = 120_000;

const probeSchema = z.object({
  python: z.string(),
  torch: z.string(),
  /** Names of GPUs. */
  devices: z.array(z.string()),
  gloo: z.boolean(),
  nccl: z.boolean(),
  compile: z.boolean(),
  fusedAttention: z.boolean(),
  sharding: z.boolean(),
});

/** A Python with PyTorch. */
export interface TorchPython extends z.output<typeof probeSchema> {
  /** Command that starts it. */
  readonly command: string;
}

/** How to get it, in one line. */
export const torchHelp =
  "apt-get install python3-torch, or pip install torch; CODET5_PYTHON names the Python that has it";

/** By what was asked for: importing torch takes seconds. */
const known = new Map<string | undefined, Promise<TorchPython>>();

/**
 * Find a Python with PyTorch, once in a process.
 * @throws RuntimeFailure `engine.torch` when there is none, or only one that is too old
 */
export function findTorch(): Promise<TorchPython> {
  const asked = flag("CODET5_PYTHON");
  const found = known.get(asked) ?? search(asked);
  known.set(asked, found);
  return found;
}

async function search(asked: string | undefined): Promise<TorchPython> {
  const commands = asked === undefined ? candidates : [asked];
  const tried: string[] = [];
  for (const command of commands) {
    const found = await probe(command);
    if (typeof found !== "string") return requireNew(found);
    tried.push(`${command}: ${found}`);
  }
  throw new RuntimeFailure("engine.torch", "PyTorch was not found", {
    expected: `Python with torch ${leastTorch.join(".")} or newer`,
    got: tried.join(", "),
    help: torchHelp,
  });
}

async function probe(command: string): Promise<TorchPython | string> {
  try {
    const { stdout } = await run(command, [join(workerFolder, "probe.py")], { timeout: probeMs });
    const found = probeSchema.parse(parseJson(stdout, command));
    return { command, ...found };
  } catch (error) {
    return reasonOf(error);
  }
}

/** The last line that Python wrote, or the system's word. */
function reasonOf(error: unknown): string {
  const { code, stderr = "" } = error as { code?: unknown; stderr?: string };
  if (code === "ENOENT") return "no such command";
  return stderr.trim().split("\n").at(-1) || String(error).split("\n")[0]!;
}

function requireNew(found: TorchPython): TorchPython {
  const [major = 0, minor = 0] = found.torch.split(".").map((part) => Number.parseInt(part, 10));
  const [leastMajor, leastMinor] = leastTorch;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return found;
  throw new RuntimeFailure("engine.torch", "torch is too old", {
    expected: `${leastTorch.join(".")} or newer`,
    got: found.torch,
    where: found.command,
    help: torchHelp,
  });
}
