import fc from "fast-check";
import { expect, test } from "vitest";
import { anyExample, exampleOf, functions, mixedText, tokenizerOf } from "./examples.test-data.ts";
import {
  type ObjectiveExample,
  objectives,
  readTarget,
  restoreMasked,
  type Seq2SeqInstance,
} from "./index.ts";
import { type Segment, wholeSegment } from "./word-ends.ts";

const tokenizer = tokenizerOf();
const { build } = objectives.maskedSpanPrediction;

interface Hidden {
  readonly inCode: boolean;
  readonly start: number;
  readonly end: number;
}

/** Where the hidden texts stand in docstring and code. */
function hiddenRanges({ source, target }: Seq2SeqInstance): Hidden[] {
  const hidden = new Map(readTarget(target, tokenizer).map(({ sentinel, ids }) => [sentinel, ids]));
  const ranges: Hidden[] = [];
  let inCode = false;
  let before: number[] = [];
  for (const id of source.slice(1)) {
    const ids = hidden.get(tokenizer.sentinelIds.indexOf(id));
    if (id === tokenizer.eosId) [inCode, before] = [true, []];
    else if (ids === undefined) before.push(id);
    else {
      const start = tokenizer.decode(before).length;
      before.push(...ids);
      ranges.push({ inCode, start, end: tokenizer.decode(before).length });
    }
  }
  return ranges;
}

function segmentsOf({ docstring, code, identifiers }: ObjectiveExample): Segment[] {
  return [wholeSegment(docstring, new Int32Array(0)), wholeSegment(code, identifiers)];
}

test("maskedSpanPrediction: whole words, 1 to 5 of them, with a word between", () => {
  const wide = { maxSourceLength: 4096, maxTargetLength: 4096 };
  fc.assert(
    fc.property(anyExample, fc.integer(), (example, seed) => {
      const segments = segmentsOf(example);
      for (const instance of build(example, tokenizer, { seed, ...wide })) {
        const reached = [-1, -1];
        for (const { inCode, start, end } of hiddenRanges(instance)) {
          const { wordEnds } = segments[Number(inCode)]!;
          const first = start === 0 ? 0 : wordEnds.indexOf(start) + 1;
          const last = wordEnds.indexOf(end) + 1;
          if (start > 0) expect(wordEnds).toContain(start);
          expect(wordEnds).toContain(end);
          expect(last - first).toBeGreaterThanOrEqual(1);
          expect(last - first).toBeLessThanOrEqual(5);
          expect(first).toBeGreaterThan(reached[Number(inCode)]!);
          reached[Number(inCode)] = last;
        }
      }
    }),
    { numRuns: 150 },
  );
});

test("maskedSpanPrediction: 15 % of the words of code and docstring, over seeds", () => {
  for (const example of functions) {
    const segments = segmentsOf(example);
    const hidden = [0, 0];
    const times = 800;
    for (let seed = 0; seed < times; seed++) {
      const [instance] = build(example, tokenizer, { seed });
      for (const { inCode, start, end } of hiddenRanges(instance!)) {
        const { wordEnds } = segments[Number(inCode)]!;
        hidden[Number(inCode)]! += wordEnds.filter((place) => place > start && place <= end).length;
      }
    }
    segments.forEach(({ wordEnds }, i) => {
      if (wordEnds.length === 0) return;
      const rate = hidden[i]! / times / wordEnds.length;
      expect(Math.abs(rate - 0.15)).toBeLessThan(0.02);
    });
  }
});

test("maskedSpanPrediction: source and target are what the tokenizer makes of the text with sentinels in it", () => {
  for (const example of functions) {
    for (let seed = 0; seed < 20; seed++) {
      const [{ source, target }] = build(example, tokenizer, { seed }) as [Seq2SeqInstance];
      for (const ids of [source, target]) {
        expect(tokenizer.encode(tokenizer.decode(ids.slice(1, -1))).ids).toEqual(ids);
      }
    }
  }
});

test("maskedSpanPrediction: at least one span wherever there is a word, none elsewhere", () => {
  fc.assert(
    fc.property(mixedText, fc.integer(), (code, seed) => {
      const instances = build(exampleOf("c", "", code), tokenizer, { seed });
      expect(instances).toHaveLength(/\P{White_Space}/u.test(code) ? 1 : 0);
    }),
  );
  const { code, identifiers } = exampleOf("c", "", " \n\t ");
  for (const docstring of ["", " "]) {
    expect(build({ language: "c", docstring, code, identifiers }, tokenizer, { seed: 1 })).toEqual(
      [],
    );
  }
});

test("maskedSpanPrediction: a span too long for the target stays visible", () => {
  const code = `x = "${"ab9_".repeat(300)}" ;`;
  const example = exampleOf("c", "", code);
  for (let seed = 0; seed < 60; seed++) {
    const options = { seed, maxSourceLength: 4096, maxTargetLength: 64 };
    for (const instance of build(example, tokenizer, options)) {
      expect(instance.target.length).toBeLessThanOrEqual(64);
      expect(restoreMasked(instance, tokenizer).code).toBe(code);
    }
  }
});
