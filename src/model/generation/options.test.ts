/** @file Defaults and refusals of generation options. */
import { expect, test } from "vitest";
import { formatError } from "../../base/index.ts";
import { type GenerateOptions, resolveOptions } from "./options.ts";

const failure = (options: unknown) => {
  try {
    resolveOptions(options as GenerateOptions);
  } catch (error) {
    return formatError(error);
  }
  return "none";
};

test("options: defaults are Hugging Face's", () => {
  const { onToken, ...rest } = resolveOptions({});
  expect(onToken).toBeTypeOf("function");
  expect(rest).toEqual({
    ...{ maxLength: 20, minLength: 0, numBeams: 1, lengthPenalty: 1, earlyStopping: false },
    ...{ noRepeatNgramSize: 0, numReturnSequences: 1, doSample: false },
    ...{ temperature: 1, topK: 50, topP: 1, seed: 0, promptLength: 1 },
  });
});

test("options: new tokens are counted without the start token", () => {
  const resolved = resolveOptions({
    maxLength: 5,
    maxNewTokens: 30,
    minNewTokens: 3,
    minLength: 2,
  });
  expect([resolved.maxLength, resolved.minLength]).toEqual([31, 4]);
});

test("options: new tokens are counted without the prompt, and both must fit the model", () => {
  const { maxLength, minLength } = resolveOptions({ maxNewTokens: 30, minNewTokens: 3 }, 12, 42);
  expect([maxLength, minLength]).toEqual([42, 15]);
  const failure = (options: GenerateOptions) => {
    return expect(() => resolveOptions(options, 12, 42)).toThrow(
      expect.objectContaining({ code: "generate.length" }),
    );
  };
  failure({ maxNewTokens: 31 });
  failure({ maxLength: 12 });
  expect(() => resolveOptions({ maxLength: 13 }, 12, 42)).not.toThrow();
});

test("options: undefined counts as not given", () => {
  const given = { numBeams: undefined, topK: undefined } as unknown as GenerateOptions;
  expect(resolveOptions(given)).toMatchObject({ numBeams: 1, topK: 50 });
});

test.each([
  [{ numBeam: 4 }, "did you mean numBeams?"],
  [{ toString: 1 }, "unknown generation option toString"],
  [{ maxLength: 1 }, "2 or more; got: 1; where: maxLength"],
  [{ maxNewTokens: 0 }, "1 or more; got: 0"],
  [{ numBeams: 2.5 }, "1 to 1000; got: 2.5"],
  [{ numBeams: "4" }, "where: numBeams"],
  [{ numBeams: 1e9 }, "1 to 1000"],
  [{ lengthPenalty: Number.NaN }, "a number; got: NaN"],
  [{ earlyStopping: "always" }, 'true, false or "never"; got: always'],
  [{ temperature: 0 }, "a number above 0; got: 0"],
  [{ topP: 1.1 }, "at most 1; got: 1.1"],
  [{ topK: -1 }, "0 or more; got: -1"],
  [{ doSample: 1 }, "true or false"],
  [{ onToken: "print" }, "a function"],
  [{ numBeams: 2, numReturnSequences: 3 }, "at most numBeams (2); got: 3"],
  [{ numReturnSequences: 2 }, "raise numBeams, or set doSample"],
  [{ minLength: 30 }, "at most 20 tokens"],
  [{ minNewTokens: 10, maxNewTokens: 9 }, "got: 11"],
])("options: %j is refused", (options, text) => {
  expect(failure(options)).toContain(text);
});
