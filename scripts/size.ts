/** @file `npm run size`: lines per floor, the biggest files; fails above the ceilings of CONTRIBUTING.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Lines; tables of data are exempt by name. */
const fileCeiling = 400;
const tables = /(unicode-class|words)\.ts$/;

const src = resolve(import.meta.dirname, "../src");
const sources = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => {
  return name.endsWith(".ts") && !name.endsWith(".test.ts");
});
const sizes = sources.map((name) => {
  return { name, lines: readFileSync(join(src, name), "utf8").split("\n").length - 1 };
});

const perFolder = new Map<string, { files: number; lines: number }>();
for (const { name, lines } of sizes) {
  const folder = name.includes("/") ? name.slice(0, name.indexOf("/")) : ".";
  const total = perFolder.get(folder) ?? { files: 0, lines: 0 };
  perFolder.set(folder, { files: total.files + 1, lines: total.lines + lines });
}
for (const [folder, { files, lines }] of [...perFolder].sort()) {
  console.log(
    `${folder.padEnd(12)} ${String(files).padStart(4)} files ${String(lines).padStart(6)} lines`,
  );
}
const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
console.log(`median file ${sorted[Math.floor(sorted.length / 2)]} lines, largest ${sorted.at(-1)}`);

const tooLong = sizes.filter(({ name, lines }) => lines > fileCeiling && !tables.test(name));
for (const { name, lines } of tooLong)
  console.error(`src/${name}: ${lines} lines, above ${fileCeiling}`);
process.exitCode = tooLong.length > 0 ? 1 : 0;
