import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import { deduplicate } from "./near-duplicates.ts";
import { digestLength, signatureLength, writeSketch } from "./sketch.ts";
import type { Sketches } from "./sketch-files.ts";

function sketch(code: string): Buffer {
  const bytes = Buffer.alloc(digestLength + signatureLength);
  writeSketch(code, bytes);
  return bytes;
}

function sketchesOf(codes: readonly string[], documented: readonly number[] = []): Sketches {
  const rows = codes.map(sketch);
  return {
    numFunctions: codes.length,
    signatureLength,
    signatures: Buffer.concat(rows.map((row) => row.subarray(digestLength))),
    digests: Uint32Array.from(rows.flatMap((row) => [row.readUInt32LE(0), row.readUInt32LE(4)])),
    groups: new Uint32Array(codes.length),
    languages: new Uint8Array(codes.length),
    hasDocstring: Uint8Array.from(codes, (_, i) => (documented.includes(i) ? 1 : 0)),
  };
}

const keptOf = async (codes: readonly string[], documented: readonly number[] = []) => {
  const { isKept, numExact, numNear } = (await deduplicate(sketchesOf(codes, documented), 0.8))!;
  return { kept: [...isKept.keys()].filter((i) => isKept[i] === 1), numExact, numNear };
};

/** A function of `length` statements drawn from a seed. */
function program(seed: number, length = 60): string[] {
  const random = new Random(seed);
  return Array.from(
    { length },
    () => `v${random.below(500)} = f${random.below(500)}(x${random.below(500)});`,
  );
}

test("writeSketch: white space counts for nothing, every other character does", () => {
  const code = "int f(int a) { return a + 1; }";
  expect(sketch("int f(int a){\n\treturn a+1;\n}")).toEqual(sketch(code));
  expect(sketch("int f(int a){ return a-1; }").subarray(0, 8)).not.toEqual(
    sketch(code).subarray(0, 8),
  );
  expect(sketch("")).toEqual(sketch(" \n"));
});

test("writeSketch: signatures agree in about the share of 5-grams in common", () => {
  const errors: number[] = [];
  for (let seed = 0; seed < 40; seed++) {
    const lines = program(seed, 100);
    const changed = lines.map((line, i) =>
      i < seed ? `w${i * seed} = g${seed}(y${seed});` : line,
    );
    const grams = (all: readonly string[]) => {
      const tokens = all.join("").match(/\w+|\S/g)!;
      return new Set(tokens.slice(4).map((_, i) => tokens.slice(i, i + 5).join(" ")));
    };
    const [a, b] = [grams(lines), grams(changed)];
    const common = [...a].filter((gram) => b.has(gram)).length;
    const [left, right] = [sketch(lines.join("\n")), sketch(changed.join("\n"))];
    let equal = 0;
    for (let i = digestLength; i < left.length; i++) if (left[i] === right[i]) equal++;
    errors.push(equal / signatureLength - common / (a.size + b.size - common));
  }
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.max(...errors.map(Math.abs))).toBeLessThan(0.25);
});

test("deduplicate: exact copies go, and copies with few changes; the rest stays", async () => {
  const first = program(1);
  const near = first.with(30, "v = changed(y);").join("\n");
  const half = [...first.slice(0, 30), ...program(2).slice(0, 30)].join("\n");
  const codes = [first.join("\n"), program(3).join("\n"), first.join("\n\n"), near, half];
  expect(await keptOf(codes)).toEqual({ kept: [0, 1, 4], numExact: 1, numNear: 1 });
});

test("deduplicate: of copies the first with a docstring stays, else the first", async () => {
  const code = program(1).join("\n");
  expect((await keptOf([code, code, code], [1, 2])).kept).toEqual([1]);
  expect((await keptOf([code, code], [])).kept).toEqual([0]);
});

test("deduplicate: finds what comparing all pairs finds", async () => {
  const codes = Array.from({ length: 120 }, (_, i) => {
    const lines = program(i % 40);
    const random = new Random(i);
    for (let k = 0; k < Math.floor(i / 40) * 2; k++) lines[random.below(60)] = `z${i} = ${k};`;
    return lines.join("\n");
  });
  const sketches = sketchesOf(codes);
  const { isKept } = (await deduplicate(sketches, 0.8))!;
  const least = Math.ceil(signatureLength * (0.8 * (255 / 256) + 1 / 256));
  const equal = (a: number, b: number) => {
    let total = 0;
    for (let k = 0; k < signatureLength; k++) {
      const [x, y] = [a, b].map((i) => sketches.signatures[i * signatureLength + k]);
      if (x === y) total++;
    }
    return total;
  };
  let numMissed = 0;
  for (let i = 0; i < codes.length; i++) {
    for (let j = 0; j < i; j++) {
      if (isKept[i] === 1 && isKept[j] === 1 && equal(i, j) >= least) numMissed++;
    }
  }
  expect(numMissed).toBe(0);
  expect(isKept.filter((kept) => kept === 1).length).toBeGreaterThanOrEqual(40);
});

test("deduplicate: any threshold keeps at least one of each, and at 1 only exact copies go", async () => {
  const lines = fc.array(fc.constantFrom("a=b;", "c=d;", "e(f);", "return g;"), { minLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(lines, { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0.3, max: 1, noNaN: true }),
      async (all, threshold) => {
        const codes = all.map((each) => each.join("\n"));
        const { isKept, numExact, numNear } = (await deduplicate(sketchesOf(codes), threshold))!;
        const numKept = isKept.reduce((sum, kept) => sum + kept, 0);
        expect(numKept).toBeGreaterThan(0);
        expect(numKept + numExact + numNear).toBe(codes.length);
        expect(numExact).toBe(codes.length - new Set(codes).size);
      },
    ),
    { numRuns: 30 },
  );
});

test("deduplicate: many functions alike in a band are not all compared with each other", async () => {
  // equal but for one byte per band: one bucket of no copies
  const numFunctions = 20_000;
  const random = new Random(1);
  const signatures = new Uint8Array(numFunctions * signatureLength);
  for (let i = 0; i < signatures.length; i++) signatures[i] = random.below(256);
  for (let i = 0; i < numFunctions; i++)
    signatures.fill(7, i * signatureLength, i * signatureLength + 5);
  const sketches: Sketches = {
    ...sketchesOf([]),
    numFunctions,
    signatures,
    digests: Uint32Array.from({ length: 2 * numFunctions }, (_, i) => i),
    hasDocstring: new Uint8Array(numFunctions),
  };
  const before = process.cpuUsage().user;
  expect((await deduplicate(sketches, 0.8))!.numNear).toBe(0);
  // microseconds of this process: the machine may be busy
  expect(process.cpuUsage().user - before).toBeLessThan(5e6);
});
