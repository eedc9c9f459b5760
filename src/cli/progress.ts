/** @file Progress on stderr: a bar on a terminal, a plain line now and then anywhere else. */
import cliProgress, { type GenericFormatter } from "cli-progress";
import { noColor } from "../base/index.ts";
import type { Output } from "./io.ts";

/** What is being counted. */
export interface ProgressShape {
  /** A word in front, e.g. "training". */
  readonly label: string;
  /** Count at which the work is done; absent: nobody knows yet, and there is no bar. */
  readonly total?: number;
  /** What is counted, singular: "step", "sample", "file". */
  readonly unit: string;
  /** Count already done by an earlier run (resume); 0 by default. */
  readonly start?: number;
}

/** Figures shown beside the count; other keys are shown as `key value`. */
interface ProgressFigures {
  /** nats/token */
  readonly loss?: number;
  readonly tokensPerSecond?: number;
  readonly [name: string]: number | string | undefined;
}

/** A running display. */
export interface Progress {
  /** Tell the count so far; cheap, drawn at most ten times a second. */
  update(count: number, figures?: ProgressFigures): void;
  /** A line of its own above the display, or after it. */
  note(line: string): void;
  /** Remove the bar and leave one last line if there was any update; again: nothing. */
  stop(): void;
}

/** Seconds between two lines where there is no terminal. */
const plainIntervalSeconds = 10;

/**
 * Start a display. Nothing with control characters goes to a pipe, a file, a dumb terminal or
 * under NO_COLOR.
 */
export function startProgress(stream: Output, shape: ProgressShape): Progress {
  const hasCursor = stream.isTTY === true && !noColor() && stream.getColorDepth?.() !== 1;
  return hasCursor ? barProgress(stream, shape) : plainProgress(stream, shape);
}

/** A display that shows nothing, for `--quiet`; notes are dropped too. */
export const silentProgress: Progress = {
  update: () => undefined,
  note: () => undefined,
  stop: () => undefined,
};

function plainProgress(stream: Output, shape: ProgressShape): Progress {
  const state = countState(shape);
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastLine = "";
  const show = () => {
    const line = state.line();
    if (line !== lastLine) stream.write(`${line}\n`);
    lastLine = line;
    lastMs = performance.now();
  };
  return {
    update(count, figures) {
      state.set(count, figures);
      if (performance.now() - lastMs >= plainIntervalSeconds * 1000) show();
    },
    note: (line) => void stream.write(`${line}\n`),
    stop() {
      if (state.end() && state.isUsed()) show();
    },
  };
}

function barProgress(stream: Output, shape: ProgressShape): Progress {
  const state = countState(shape);
  const format: GenericFormatter = (options, params) => {
    const text = state.line();
    const room = shape.total === undefined ? 0 : Math.min(30, params.maxWidth - text.length - 4);
    if (room < 5) return text.slice(0, params.maxWidth - 1);
    return `[${cliProgress.Format.BarFormat(params.progress, { ...options, barsize: room })}] ${text}`;
  };
  // the bar line is cleared when stopped, so that notes and the last line take its place
  const bar = new cliProgress.SingleBar({
    format,
    stream,
    clearOnComplete: true,
    emptyOnZero: true,
  });
  const total = shape.total ?? 0;
  bar.start(total, shape.start ?? 0);
  return {
    update(count, figures) {
      state.set(count, figures);
      bar.update(count);
    },
    note(line) {
      bar.stop();
      stream.write(`${line}\n`);
      // started again, a bar would keep the process from ending
      if (state.isOver()) return;
      bar.start(total, state.count());
    },
    stop() {
      if (!state.end()) return;
      bar.stop();
      if (state.isUsed()) stream.write(`${state.line()}\n`);
    },
  };
}

function countState(shape: ProgressShape) {
  const startCount = shape.start ?? 0;
  const startMs = performance.now();
  let count = startCount;
  let isUsed = false;
  let figures: ProgressFigures = {};
  let endMs: number | undefined;
  const timeText = () => {
    const seconds = ((endMs ?? performance.now()) - startMs) / 1000;
    if (endMs !== undefined) return `in ${formatDuration(seconds)}`;
    const done = count - startCount;
    if (done <= 0) return "";
    if (shape.total === undefined) return `${grouped(Math.round(done / seconds))}/s`;
    return `${formatDuration((seconds / done) * Math.max(0, shape.total - count))} left`;
  };
  return {
    set(next: number, nextFigures: ProgressFigures = {}) {
      count = next;
      isUsed = true;
      figures = { ...figures, ...nextFigures };
    },
    count: () => count,
    /** Whether a count was ever told. */
    isUsed: () => isUsed,
    isOver: () => endMs !== undefined,
    /** False when it had ended before. */
    end() {
      if (endMs !== undefined) return false;
      endMs = performance.now();
      return true;
    },
    line() {
      const total = shape.total === undefined ? "" : `/${grouped(shape.total)}`;
      const head = `${shape.label} ${shape.unit} ${grouped(count)}${total}`;
      return [head, ...figureTexts(figures), timeText()].filter((part) => part !== "").join("  ");
    },
  };
}

function figureTexts(figures: ProgressFigures): string[] {
  return Object.entries(figures).map(([name, value]) => {
    if (name === "tokensPerSecond") return `${grouped(Math.round(Number(value)))} tokens/s`;
    if (typeof value !== "number") return value === undefined ? "" : `${name} ${value}`;
    const isCount = Number.isInteger(value) && name !== "loss";
    return `${name} ${isCount ? grouped(value) : value.toPrecision(4)}`;
  });
}

/** Digits in groups of three: 12,345. */
function grouped(value: number): string {
  return value.toLocaleString("en-US");
}

/** Seconds as `8s`, `2m 05s` or `3h 07m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const [minutes, hours] = [Math.floor(whole / 60), Math.floor(whole / 3600)];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours === 0 ? `${minutes}m ${two(whole % 60)}s` : `${hours}h ${two(minutes % 60)}m`;
}
