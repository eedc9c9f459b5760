/** @file A thread of a corpus build: takes tasks, one at a time, until its parent ends it. */
import { parentPort, workerData } from "node:worker_threads";
import { CodeT5Error } from "../../base/index.ts";
import type { FromThread, ThreadData, ToThread } from "./pool.ts";
import { taskRunner } from "./tasks.ts";

const { context, heartbeat } = workerData as ThreadData;
const run = taskRunner(context);
const reports = {
  onFile: (index: number) => Atomics.store(heartbeat, 0, index),
  onProgress: (stage: "words" | "merges" | "encoded", done: number) =>
    send({ kind: "progress", stage, done }),
};

function send(message: FromThread): void {
  parentPort!.postMessage(message);
}

parentPort!.on("message", async (task: ToThread) => {
  try {
    send({ kind: "done", result: await run(task, reports) });
  } catch (error) {
    // a trap leaves WebAssembly's memory as it was in the middle: this thread can parse no more
    if ((error as Error).name === "RuntimeError") throw error;
    const { code, details } = error instanceof CodeT5Error ? error : { code: "", details: {} };
    send({ kind: "failed", code, message: (error as Error).message, details });
  }
});
