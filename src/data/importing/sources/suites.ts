/** @file Test suites written to show weaknesses: Juliet, OWASP Benchmark, CASTLE. */
import { basename, extname } from "node:path";
import { parseJson, readTextFile } from "../../../base/index.ts";
import { analyzeSource, languageOfPath } from "../../../syntax/index.ts";
import { cweOf, type ImportContext, type Importer, labelOf, textOf } from "../draft.ts";
import { filesNamed, readSource, wrongFolder } from "../files.ts";

/** `bad`, or a name that ends so: Juliet's vulnerable function. */
const badName = /(?:^|_)bad$/i;
/** `goodG2B`, `goodB2G1`, `good1`: those without the weakness; `good` alone only calls them. */
const goodName = /^good(?:G2B|B2G)?\d*$/i;
/** Functions that hold one half of a test: its other half is elsewhere in the file. */
const partName = /(?:bad|good|g2b|b2g)\w*(?:sink|source)|^helper(?:bad|good)/i;

/** NIST's Juliet test suites for C and C++, Java, C#. */
export const juliet: Importer = {
  summary: "Juliet test suites: C and C++, Java, C#",
  layout: "source files named CWE<number>_<weakness>__<variant>, as in testcases/",
  languages: ["c", "cpp", "java", "csharp"],
  kind: "template",
  async read(context) {
    const paths = filesNamed(context.folder, /^CWE\d+_.*\.(?:c|cpp|java|cs)$/);
    if (paths.length === 0) throw wrongFolder(context.folder, juliet.layout);
    for (const path of paths) readJulietFile(context, path);
  },
};

function readJulietFile(context: ImportContext, path: string): void {
  const test = basename(path, extname(path));
  if (/_\d+[a-z]+$|_(?:bad|good\w*|base)$/i.test(test)) {
    context.drop("file of a test that is spread over several");
    return;
  }
  const source = readSource(path);
  const language = languageOfPath(path)!;
  if (source === undefined) {
    context.drop("file too long, or not UTF-8");
    return;
  }
  const { functions } = analyzeSource(context.grammars.get(language)!, source);
  if (functions.some(({ name }) => partName.test(name))) {
    context.drop("file of a test that is spread over several functions");
    return;
  }
  const goods = functions.filter(({ name }) => goodName.test(name) && !/^good$/i.test(name));
  const [bad] = functions.filter(({ name }) => badName.test(name));
  const pair = bad && goods.length > 0 ? `juliet:${test}` : null;
  const common = { language, cwe: cweOf(test), group: `juliet:${test.replace(/_\d+$/, "")}` };
  for (const one of [...(bad ? [bad] : []), ...goods]) {
    const code = source.slice(one.start, one.end);
    const isInPair = one === bad || one === goods[0];
    const label = one === bad ? 1 : 0;
    context.add({ ...common, name: one.name, code, label, pair: isInPair ? pair : null });
  }
  if (bad === undefined && goods.length === 0) context.drop("file without a test function");
}

/** OWASP Benchmark for Java and for Python: a file a test, a table of what each is. */
export const owasp: Importer = {
  summary: "OWASP Benchmark: Java, Python",
  layout: "expectedresults-*.csv and the files BenchmarkTest*.java or .py it names",
  languages: ["java", "python"],
  kind: "template",
  async read(context) {
    const tables = filesNamed(context.folder, /^expectedresults.*\.csv$/i);
    if (tables.length === 0) throw wrongFolder(context.folder, owasp.layout);
    const sources = new Map(
      filesNamed(context.folder, /^BenchmarkTest\d+\.(?:java|py)$/).map((path) => [
        basename(path, extname(path)),
        path,
      ]),
    );
    for (const line of tables.flatMap((path) => readTextFile(path).split(/\r?\n/))) {
      const [test = "", , real, cwe] = line.split(",").map((cell) => cell.trim());
      if (!/^BenchmarkTest\d+$/.test(test)) continue;
      const path = sources.get(test);
      const label = labelOf(real);
      const source = path && readSource(path);
      if (path === undefined || source === undefined || label === undefined) {
        context.drop(label === undefined ? "no label" : "a test without its file");
        continue;
      }
      context.add({
        language: languageOfPath(path)!,
        code: source.replaceAll(/BenchmarkTest\d+/g, "Item"),
        label,
        cwe: cweOf(cwe),
        pair: null,
        group: `owasp:${test}`,
      });
    }
  },
};

/** Dubniczky et al. 2025: CASTLE-C250.json, or its C files, each with a header that says what it is. */
export const castle: Importer = {
  summary: "CASTLE",
  layout: "CASTLE-*.json with a list of tests, or CASTLE-*.c with their headers",
  languages: ["c"],
  kind: "template",
  async read(context) {
    const lists = filesNamed(context.folder, /^CASTLE-.*\.json$/i);
    const [list] = lists.filter((path) => !path.endsWith(".min.json")).concat(lists);
    if (list !== undefined) return readCastleList(context, list);
    const files = filesNamed(context.folder, /^CASTLE-\d+-\d+\.c$/i);
    if (files.length === 0) throw wrongFolder(context.folder, castle.layout);
    for (const path of files) {
      const source = readSource(path) ?? "";
      const said = (key: string) => new RegExp(`^\\W*${key}:\\s*(\\S+)`, "im").exec(source)?.[1];
      addCastle(context, basename(path, ".c"), source, said("vulnerable"), said("cwe"));
    }
  },
};

function readCastleList(context: ImportContext, path: string): void {
  const { tests } = (parseJson(readTextFile(path), path) ?? {}) as { tests?: unknown };
  if (!Array.isArray(tests)) throw wrongFolder(path, castle.layout);
  for (const test of tests as Readonly<Record<string, unknown>>[]) {
    const name = String(test?.name ?? test?.id ?? "").replace(/\.c$/, "");
    addCastle(context, name, textOf(test?.code) ?? "", test?.vulnerable, test?.cwe);
  }
}

function addCastle(
  context: ImportContext,
  name: string,
  code: string,
  vulnerable: unknown,
  cwe: unknown,
): void {
  const label = labelOf(vulnerable);
  if (label === undefined || code === "") {
    context.drop(code === "" ? "no code" : "no label");
    return;
  }
  context.add({ language: "c", code, label, cwe: cweOf(cwe), pair: null, group: `castle:${name}` });
}
