/** @file Asking again: networks break and servers are busy, for a moment. */
import { setTimeout as wait } from "node:timers/promises";
import { CodeT5Error } from "../base/index.ts";

/** Pause after the first attempt that brought nothing, ms; doubled each time. */
const firstPauseMs = 200;

/** What may be gone the next time: broken connections, overload. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof CodeT5Error)) return false;
  if (error.code === "hub.unreachable") return true;
  return error.code === "hub.answer" && /status (429|5\d\d)/.test(error.details.got ?? "");
}

/**
 * Try until it works, or until so many attempts in a row brought nothing.
 * @param attempt tells by `progressed` that it brought something before it failed
 * @throws what the last attempt threw; at once when asking again cannot help
 */
export async function retrying<T>(
  attempts: number,
  attempt: (progressed: () => void) => Promise<T>,
): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      return await attempt(() => {
        failures = 0;
      });
    } catch (error) {
      failures += 1;
      if (!isPassing(error) || failures >= attempts) throw error;
      await wait(firstPauseMs * 2 ** (failures - 1));
    }
  }
}
