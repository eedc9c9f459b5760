/** @file Source trees for tests, written on the spot: the sample functions with and without docstrings. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateFunctions } from "../sample/index.ts";

/** Write one file, with its folders. */
export function writeIn(folder: string, name: string, content: string | Uint8Array): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** Python packages and Java folders of a few functions each, every third with a docstring. */
export function writeSampleTree(folder: string, numGroups: number, seed = 1): void {
  const functions = generateFunctions({ seed, count: numGroups * 4, difficulty: 2 });
  for (let group = 0; group < numGroups; group++) {
    const own = functions.slice(group * 4, group * 4 + 4);
    const name = `${group % 2 === 0 ? "package" : "project"}${group}`;
    const python = own.map(({ code, description }, i) =>
      i % 3 === 0 ? withDocstring(code.python, description) : code.python,
    );
    const java = own.map(({ code }) => code.java.replace(/^/gm, "    "));
    if (group % 2 === 0) writeIn(folder, `${name}/code.py`, `${python.join("\n\n")}\n`);
    else writeIn(folder, `${name}/Code.java`, `class Code${group} {\n${java.join("\n\n")}\n}\n`);
  }
}

function withDocstring(code: string, text: string): string {
  const end = code.indexOf("\n");
  return `${code.slice(0, end)}\n    """${text}"""${code.slice(end)}`;
}
