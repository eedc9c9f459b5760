import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { captureStream } from "../../test/run-cli.ts";
import { formatDuration, startProgress } from "./progress.ts";

const shape = { label: "training", total: 1000, unit: "step" };

function display(isTTY: boolean, columns = 80, start = 0) {
  const { stream, text } = captureStream();
  Object.assign(stream, { isTTY, columns });
  return { progress: startProgress(stream, { ...shape, start }), text };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubEnv("NO_COLOR", "");
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

test("startProgress: without a terminal, a plain line at once and every ten seconds", () => {
  const { progress, text } = display(false);
  for (let step = 1; step <= 250; step++) {
    vi.advanceTimersByTime(100);
    progress.update(step, { loss: 5 - step / 100, tokensPerSecond: 4321.2 });
  }
  progress.stop();
  progress.stop();
  expect(text()).toMatchInlineSnapshot(`
    "training step 1/1,000  loss 4.990  4,321 tokens/s  1m 40s left
    training step 101/1,000  loss 3.990  4,321 tokens/s  1m 30s left
    training step 201/1,000  loss 2.990  4,321 tokens/s  1m 20s left
    training step 250/1,000  loss 2.500  4,321 tokens/s  in 25s
    "
  `);
});

test("startProgress: where the total is not known, how fast and then how long", () => {
  for (const isTTY of [false, true]) {
    const { stream, text } = captureStream();
    Object.assign(stream, { isTTY, columns: 60 });
    const progress = startProgress(stream, { label: "classifying", unit: "function" });
    vi.advanceTimersByTime(2000);
    progress.update(400);
    vi.advanceTimersByTime(2000);
    progress.stop();
    const lines = visible(text());
    expect(lines.at(-1)).toBe("classifying function 400  in 4s");
    if (!isTTY) expect(lines[0]).toBe("classifying function 400  200/s");
  }
});

test("startProgress: a resumed run counts its time left from where it started", () => {
  const { progress, text } = display(false, 80, 900);
  vi.advanceTimersByTime(10_000);
  progress.update(950);
  expect(text()).toBe("training step 950/1,000  10s left\n");
});

test("startProgress: a terminal gets a bar that fits its width, then a last plain line", () => {
  const { progress, text } = display(true, 60);
  vi.advanceTimersByTime(60_000);
  progress.update(500, { loss: 2.5 });
  progress.note("saved");
  progress.update(501, { loss: 2.4 });
  progress.stop();
  const lines = visible(text());
  expect(lines.every((line) => line.length < 60)).toBe(true);
  expect(lines.at(-1)).toBe("training step 501/1,000  loss 2.400  in 1m 00s");
  expect(lines).toContain("saved");
  expect(text()).toContain("[");
});

test("startProgress: a note after the end starts nothing again", () => {
  const { progress, text } = display(true, 60);
  progress.update(1000);
  progress.stop();
  progress.note("longer than 256 tokens and cut: 59");
  expect(vi.getTimerCount()).toBe(0);
  expect(
    visible(text())
      .filter((line) => line !== "")
      .at(-1),
  ).toBe("longer than 256 tokens and cut: 59");
});

test("startProgress: NO_COLOR and dumb terminals get no control character", () => {
  vi.stubEnv("NO_COLOR", "1");
  const { progress, text } = display(true);
  progress.update(1);
  progress.stop();
  expect(text()).toMatch(/^[\x20-\x7e\n]+$/);
});

test("formatDuration: seconds, minutes, hours", () => {
  expect([8.2, 59.7, 125, 11_220].map(formatDuration)).toEqual([
    "8s",
    "1m 00s",
    "2m 05s",
    "3h 07m",
  ]);
});

/** The lines a terminal would be left with: what an erased line held is dropped. */
function visible(text: string): string[] {
  const rows = text.split("\n").map((row) => row.split("\u001b").at(-1)!);
  return rows
    .map((row) => row.replace(/^(\[\d*[GK]|\[\?7[hl]|[78])/, ""))
    .filter((row) => row !== "");
}
