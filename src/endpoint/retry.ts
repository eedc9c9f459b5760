/** @file Asking again: exponential back-off with jitter, and what the server itself asks to wait. */
import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "../base/index.ts";
import { EndpointError } from "./post.ts";

/** How often and how soon. */
export interface RetryOptions {
  /** Attempts for one answer, the first included. */
  readonly attempts: number;
  /** Pause after the first failure, ms; doubled each time. */
  readonly firstPauseMs: number;
  readonly random: Random;
}

const maxPauseMs = 60_000;
/** A server that asks for more is asked on another day. */
const maxRetryAfterMs = 600_000;

/** Lets nobody ask before the time that the server named to one of us. */
export interface Gate {
  openAtMs: number;
}

/** What may be gone the next time. */
function isPassing({ code, status }: EndpointError): boolean {
  if (/^endpoint\.(unreachable|timeout|json|size|answer)$/.test(code)) return true;
  return [408, 409, 425, 429].includes(status) || status >= 500;
}

/**
 * Try until it works, or until `attempts` are used up.
 * @throws what the last attempt threw; at once when asking again cannot help
 */
export async function retrying<T>(
  options: RetryOptions,
  gate: Gate,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    await passed(gate);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof EndpointError) || !isPassing(error)) throw error;
      const { retryAfterMs = 0 } = error;
      if (failures >= options.attempts || retryAfterMs > maxRetryAfterMs) throw error;
      if (retryAfterMs > 0) gate.openAtMs = Math.max(gate.openAtMs, Date.now() + retryAfterMs);
      const longest = Math.min(options.firstPauseMs * 2 ** (failures - 1), maxPauseMs);
      // half of it at least: no jitter takes the pause away
      await wait(longest * (0.5 + 0.5 * options.random.uniform()));
    }
  }
}

async function passed(gate: Gate): Promise<void> {
  for (let left = gate.openAtMs - Date.now(); left > 0; left = gate.openAtMs - Date.now()) {
    await wait(left);
  }
}
