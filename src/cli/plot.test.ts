import { expect, test } from "vitest";
import { lossCurveSvg, smooth } from "./plot.ts";

const train = Array.from(
  { length: 5000 },
  (_, i) => [i + 1, 5 / (1 + i / 500) + (i % 7) / 20] as const,
);
const validation = [500, 1500, 2500, 5000].map((step) => [step, 5.2 / (1 + step / 500)] as const);

test("lossCurveSvg: one SVG document with title, axes and legend", async () => {
  const svg = await lossCurveSvg(
    [
      { name: "train", kind: "train", points: train },
      { name: "validation", kind: "validation", points: validation },
    ],
    { title: "java-cs" },
  );
  expect(svg.startsWith("<svg")).toBe(true);
  expect(svg.trimEnd().endsWith("</svg>")).toBe(true);
  for (const text of ["java-cs", "train (each step)", "train (smoothed)", "validation", "step"]) {
    expect(svg).toContain(`>${text}</text>`);
  }
  // 5,000 steps are thinned, the four validation points are circles
  expect(svg.length).toBeLessThan(150_000);
});

test("lossCurveSvg: empty curves, one point and NaN are drawn without complaint", async () => {
  const points = [
    [1, Number.NaN],
    [2, 3],
    [3, Number.POSITIVE_INFINITY],
  ] as const;
  const svg = await lossCurveSvg([
    { name: "a", kind: "train", points },
    { name: "b", kind: "validation", points: [] },
  ]);
  expect(svg).not.toContain("NaN");
});

test("smooth: follows the mean without lag, and leaves a short curve as it is", () => {
  const noisy = Array.from({ length: 1000 }, (_, i) => [i, i / 100 + (i % 2)] as const);
  expect(smooth(noisy)[500]![1]).toBeCloseTo(5.5, 1);
  const short = noisy.slice(0, 99);
  expect(smooth(short).flat()).toBeAllclose(short.flat(), { atol: 1e-9 });
});
