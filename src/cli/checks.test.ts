import { expect, test } from "vitest";
import { DataError } from "../base/index.ts";
import { formatBytes, formatFindings, runChecks } from "./checks.ts";

test("runChecks: what a check throws is its finding, and the next one still runs", async () => {
  const findings = await runChecks<number>(
    [
      { name: "even", run: (n) => (n % 2 === 0 ? "yes" : { status: "warning", detail: "odd" }) },
      {
        name: "small",
        run: async () => {
          throw new DataError("toy", "too big", { got: "3" });
        },
      },
      { name: "known", run: (n) => String(n) },
    ],
    3,
  );
  expect(formatFindings(findings)).toMatchInlineSnapshot(`
    "check  status   detail
    -----  -------  ---------------
    even   warning  odd
    small  failed   too big; got: 3
    known  ok       3
    "
  `);
});

test("formatBytes: powers of ten, one digit below ten", () => {
  const sizes = [0, 999, 1600, 25_000_000, 1_600_000_000, 3e15];
  expect(sizes.map(formatBytes)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.6 kB",
    "25 MB",
    "1.6 GB",
    "3000 TB",
  ]);
});
