/** @file Runs tasks on threads; a thread that dies or hangs in a file costs that file alone. */
import { Worker } from "node:worker_threads";
import { DataError, type ErrorDetails } from "../../base/index.ts";
import {
  type Task,
  type TaskContext,
  type TaskReports,
  type TaskResults,
  taskRunner,
} from "./tasks.ts";

/** What a thread is started with; the heartbeat holds the index of the file it is in. */
export interface ThreadData {
  readonly context: TaskContext;
  readonly heartbeat: Int32Array;
}

export type ToThread = Task;

export type FromThread =
  | { readonly kind: "done"; readonly result: TaskResults[Task["kind"]] }
  | {
      readonly kind: "progress";
      readonly stage: "words" | "merges" | "encoded";
      readonly done: number;
    }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      readonly details: ErrorDetails;
    };

export interface PoolOptions {
  /** Threads; 0 runs everything in this one. */
  readonly numThreads: number;
  /** Stop after the tasks that are running. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: TaskReports["onProgress"];
  /** The names of a unit's files, to name the one a thread died in. */
  readonly filesOf: (unit: number) => readonly string[];
}

/** A thread in a file for longer than the parser's bound and this is given up. */
const graceMs = 30_000;
const checkMs = 1_000;
/** JavaScript heap of a thread; tokens, sketches and parser lie outside it. */
const maxHeapMegabytes = 768;

/**
 * Run tasks of one kind, in order of the list, and tell each result as it comes.
 * @throws what the first failing task threw
 */
export async function runTasks<Kind extends Task["kind"]>(
  context: TaskContext,
  tasks: readonly Extract<Task, { kind: Kind }>[],
  options: PoolOptions,
  onDone: (task: Extract<Task, { kind: Kind }>, result: TaskResults[Kind]) => void,
): Promise<void> {
  const queue = [...tasks].reverse();
  const { signal } = options;
  const next = () => (signal?.aborted ? undefined : queue.pop());
  const work = async (run: (task: Task) => Promise<TaskResults[Task["kind"]]>) => {
    for (let task = next(); task !== undefined; task = next()) {
      onDone(task, (await run(task)) as TaskResults[Kind]);
    }
  };
  if (options.numThreads === 0) return work(inThisThread(context, options));
  const threads = Array.from({ length: Math.min(options.numThreads, tasks.length) }, () =>
    openThread(context, options),
  );
  const close = () => Promise.all(threads.map((thread) => thread.close()));
  // what a thread has not finished is begun anew another time
  signal?.addEventListener("abort", close, { once: true });
  try {
    await Promise.all(threads.map(({ run }) => work(run)));
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", close);
    queue.length = 0;
    await close();
  }
}

function inThisThread(context: TaskContext, { onProgress = () => {} }: PoolOptions) {
  const run = taskRunner(context);
  const reports = { onFile: () => {}, onProgress };
  return async (task: Task) => {
    // let signals and timers through between tasks
    await new Promise((done) => setImmediate(done));
    return run(task, reports);
  };
}

/** A thread that is replaced when it dies, and ended when the build is stopped. */
function openThread(context: TaskContext, options: PoolOptions) {
  const heartbeat = new Int32Array(new SharedArrayBuffer(4));
  let worker: Worker | undefined;
  let isClosed = false;
  const attempt = (task: Task) => {
    heartbeat[0] = -1;
    worker ??= startWorker({ context, heartbeat });
    return runOn(worker, task, heartbeat, context, options.onProgress);
  };
  return {
    async run(task: Task): Promise<TaskResults[Task["kind"]]> {
      let current = task;
      for (;;) {
        const outcome = await attempt(current);
        if ("result" in outcome) return outcome.result;
        if (isClosed) throw outcome.died;
        await worker?.terminate();
        worker = undefined;
        current = withoutFile(current, heartbeat[0]!, outcome.died, options);
      }
    },
    async close(): Promise<void> {
      isClosed = true;
      await worker?.terminate();
    },
  };
}

/** A thread runs the compiled file; sources are run without threads. */
export const canUseThreads = import.meta.url.endsWith(".js");

function startWorker(data: ThreadData): Worker {
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMegabytes },
  });
  worker.setMaxListeners(0);
  return worker;
}

type Outcome = { readonly result: TaskResults[Task["kind"]] } | { readonly died: unknown };

function runOn(
  worker: Worker,
  task: Task,
  heartbeat: Int32Array,
  { settings }: TaskContext,
  onProgress: TaskReports["onProgress"] = () => {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let file = -1;
    let sinceMs = performance.now();
    const watch = setInterval(() => {
      if (heartbeat[0] !== file) {
        file = heartbeat[0]!;
        sinceMs = performance.now();
      } else if (file >= 0 && performance.now() - sinceMs > settings.parseTimeoutMs + graceMs) {
        end(() => resolve({ died: new Error("the parser hangs") }));
      }
    }, checkMs);
    const onMessage = (message: FromThread) => {
      if (message.kind === "progress") return onProgress(message.stage, message.done);
      if (message.kind === "done") return end(() => resolve({ result: message.result }));
      end(() => reject(errorOf(message)));
    };
    const onError = (died: unknown) => end(() => resolve({ died }));
    const onExit = () => end(() => resolve({ died: new Error("the thread ended") }));
    const end = (settle: () => void) => {
      clearInterval(watch);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      settle();
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(task);
  });
}

function errorOf({ code, message, details }: Extract<FromThread, { kind: "failed" }>): Error {
  return code === "" ? new Error(`internal: ${message}`) : new DataError(code, message, details);
}

/** The same unit, leaving out the file that a thread died in; other tasks cannot go on. */
function withoutFile(task: Task, index: number, died: unknown, { filesOf }: PoolOptions): Task {
  const file = task.kind === "mine" ? filesOf(task.unit)[index] : undefined;
  if (task.kind === "mine" && file !== undefined && !task.skip.includes(file)) {
    return { ...task, skip: [...task.skip, file] };
  }
  throw new DataError(
    "corpus.thread",
    "a thread of the build died",
    {
      expected: "enough memory for every thread",
      got: died instanceof Error ? died.message : String(died),
      help: "run it again with fewer --workers; finished work is kept",
    },
    died,
  );
}
