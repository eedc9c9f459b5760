import { expect, test } from "vitest";
import { published, publishedModel } from "./names.ts";
import { needsOf } from "./needs.ts";

const billions = (name: string) => needsOf(publishedModel(name)!).parameters;

// as each model's page or paper counts them
const counted: readonly (readonly [string, number])[] = [
  ["meta-llama/Meta-Llama-3-8B-Instruct", 8_030_261_248],
  ["meta-llama/Llama-3.1-70B-Instruct", 70_553_706_496],
  ["meta-llama/Llama-3.2-1B-Instruct", 1_235_814_400],
  ["meta-llama/Llama-3.2-3B", 3_212_749_824],
  ["mistralai/Codestral-22B-v0.1", 22_247_282_688],
  ["mistralai/Mistral-7B-v0.1", 7_241_732_096],
  ["mistralai/Mistral-7B-Instruct-v0.3", 7_248_023_552],
  ["Salesforce/codet5-small", 60_492_288],
  ["Salesforce/codet5-base", 222_882_048],
  ["Salesforce/codet5-large", 737_639_424],
];

test.each(counted)("%s has %i parameters", (name, count) => {
  expect(billions(name)).toBe(count);
});

test("every published model has an architecture, a licence and a name of its own", () => {
  expect(new Set(published.map(({ name }) => name)).size).toBe(published.length);
  for (const model of published) {
    const { parameters, diskBytes, needs } = needsOf(model);
    expect(parameters).toBeGreaterThan(5e7);
    expect(diskBytes).toBe(parameters * model.storedBytes);
    expect(model.licence).not.toBe("");
    for (const { memoryBytes } of needs) expect(memoryBytes).toBeGreaterThan(4e8);
  }
});

test("needs: fewer bits take less, training takes more; an 8B model runs as int4 in less than 8 GB", () => {
  const { needs } = needsOf(publishedModel("meta-llama/meta-llama-3-8b-instruct")!);
  const of = (use: string, precision: string) =>
    needs.find((need) => need.use === use && need.precision === precision)!.memoryBytes;
  for (const use of ["run", "LoRA"]) {
    const [whole, half, int8, int4] = ["float32", "16 bits", "int8", "int4"].map((precision) =>
      of(use, precision),
    ) as [number, number, number, number];
    expect(half).toBeLessThan(whole);
    expect(int4).toBeLessThan(Math.min(half, int8));
  }
  // scripts/big-model.ts --load: 7.1 GB
  expect(of("run", "int4") / 1e9).toBeCloseTo(7.1, 0);
  expect(of("run", "int4")).toBeLessThan(8e9);
  expect(of("run", "float32")).toBeGreaterThan(32e9);
  expect(of("fine-tune", "float32")).toBeGreaterThan(128e9);
  expect(of("LoRA", "int8")).toBeLessThan(of("LoRA", "float32"));
});
