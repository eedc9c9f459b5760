/** @file What `codet5 bench generate --against` prints. */
import { type BatchFigures, type Ratios, type RunnerName, runnerNames } from "../bench/index.ts";
import { formatTable } from "./table.ts";

/** What this project wants of itself at CodeT5-small's shape: tokens/s of whole calls, and 8 bits over 32. */
export const wantedRatios = {
  overTransformers: { 1: 1.2, 16: 1.5 },
  int8OverFloat: { decodedTokens: 2, encodedSources: 2 },
} as const;

/** Tables of rates and of ratios; each figure on the clock, and by processor time. */
export function againstText(batches: readonly BatchFigures[]): string {
  const rates = batches.flatMap(({ batchSize, runners }) =>
    runnerNames.map((name: RunnerName) => {
      const { tokens, decodedTokens, encodedSources, sameTokens } = runners[name];
      return [
        `${name}, batch ${batchSize}`,
        ...[tokens, decodedTokens, encodedSources].map(({ wall }) => wall.toFixed(1)),
        ...[tokens, decodedTokens, encodedSources].map(({ cpu }) => cpu.toFixed(1)),
        `${(100 * sameTokens).toFixed(1)} %`,
      ];
    }),
  );
  const ratios = batches.flatMap(({ batchSize, overTransformers, int8OverFloat }) => [
    ratioRow(`over transformers.js, batch ${batchSize}`, overTransformers),
    ratioRow(`8 bits over 32, batch ${batchSize}`, int8OverFloat),
  ]);
  const right = (header: string) => ({ header, align: "right" as const });
  const kinds = ["tokens", "decoded tokens", "encoded sources"];
  const perSecond = kinds.flatMap((kind) => right(`${kind}/s`));
  const perCpu = kinds.flatMap((kind) => right(`${kind}/CPU s`));
  const headers = kinds.flatMap((kind) => [right(kind), right("by CPU time")]);
  const first = formatTable(["runner", ...perSecond, ...perCpu, right("our tokens")], rates);
  return `${first}\n${formatTable(["ratio", ...headers], ratios)}`;
}

function ratioRow(name: string, { tokens, decodedTokens, encodedSources }: Ratios) {
  const cells = [tokens, decodedTokens, encodedSources].flatMap((rate) => {
    return [rate.wall.toFixed(2), rate.cpu.toFixed(2)];
  });
  return [name, ...cells];
}
