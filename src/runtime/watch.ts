/** @file Watching sessions run, for benchmarks and tests: which graph, from when to when. */
import { performance } from "node:perf_hooks";

/** One run of a session; times in ms as of `performance.now()`. */
export interface RunEvent {
  readonly graph: string;
  readonly startMs: number;
  readonly endMs: number;
}

const watchers = new Set<(event: RunEvent) => void>();

/** Be told of every run of every session from now on. @returns stops it */
export function watchRuns(watcher: (event: RunEvent) => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** A session has run. */
export function tellWatchers(graph: string, startMs: number): void {
  if (watchers.size === 0) return;
  const event = { graph, startMs, endMs: performance.now() };
  for (const watcher of watchers) watcher(event);
}
