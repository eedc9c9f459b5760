/** @file Tests of analysers: files in which some lines are known to be found, and some known not to be. */
import { basename, dirname, extname, join, relative } from "node:path";
import { readTextFile } from "../../../base/index.ts";
import {
  analyzeSource,
  type FunctionSpan,
  languageNames,
  languageOfPath,
} from "../../../syntax/index.ts";
import { cweOf, type ImportContext, type Importer } from "../draft.ts";
import { listFiles, readSource, wrongFolder } from "../files.ts";

/** What is known of a file's lines, counted from 1. */
interface Marks {
  readonly found: ReadonlySet<number>;
  readonly clean: ReadonlySet<number>;
}

/** A function with its lines. */
interface Placed extends FunctionSpan {
  readonly first: number;
  readonly last: number;
}

function placed(source: string, functions: readonly FunctionSpan[]): Placed[] {
  const starts = [0];
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1))
    starts.push(at + 1);
  const lineAt = (position: number) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle]! <= position) low = middle;
      else high = middle;
    }
    return low + 1;
  };
  return functions.map((one) => ({
    ...one,
    first: lineAt(one.start),
    last: lineAt(Math.max(one.start, one.end - 1)),
  }));
}

/**
 * Add the functions of a file in which something is known: 1 for the innermost one around a line that
 * is found, 0 for one with clean lines only. What holds a function with label 1 is left out.
 */
function addFunctions(
  context: ImportContext,
  path: string,
  marks: (source: string) => Marks,
  common: { readonly cwe: string | null; readonly group: string },
): void {
  const source = readSource(path);
  const language = languageOfPath(path);
  const grammar = language && context.grammars.get(language);
  if (source === undefined || language === undefined || grammar === undefined) {
    context.drop("file too long, or in no known language");
    return;
  }
  const { found, clean } = marks(source);
  const functions = placed(source, analyzeSource(grammar, source).functions);
  const innermost = (line: number) =>
    functions
      .filter((one) => one.first <= line && line <= one.last)
      .reduce<Placed | undefined>(
        (best, one) => (best && best.end - best.start <= one.end - one.start ? best : one),
        undefined,
      );
  const around = (lines: ReadonlySet<number>) => {
    const all = [...lines].map(innermost);
    for (const one of all) if (one === undefined) context.drop("a line outside of any function");
    return new Set(all.filter((one) => one !== undefined));
  };
  const vulnerable = around(found);
  const safe = around(clean);
  for (const one of functions) {
    const holdsFound = [...vulnerable].some(
      (other) => other !== one && one.start <= other.start && other.end <= one.end,
    );
    if (!vulnerable.has(one) && (holdsFound || !safe.has(one))) continue;
    const label = vulnerable.has(one) ? 1 : 0;
    const code = source.slice(one.start, one.end);
    context.add({ language, code, label, ...common, pair: null, name: one.name });
  }
}

/** A comment that says that what stands here is all right. */
const cleanComment =
  /(?:\/\/|#|\/\*|--|<!--).*\b(?:GOOD|OK|SAFE|NOT\s+(?:VULNERABLE|FLAGGED)|compliant)\b/;

/** CodeQL's query tests: a folder a query, its `.expected` file lists what is found where. */
export const codeql: Importer = {
  summary: "CodeQL's query tests",
  layout: "folders with *.expected beside the sources they speak of, as in <language>/ql/test",
  languages: languageNames,
  kind: "template",
  async read(context) {
    const paths = listFiles(context.folder);
    const expected = paths.filter((path) => path.endsWith(".expected"));
    if (expected.length === 0) throw wrongFolder(context.folder, codeql.layout);
    const alerts = new Map<string, Set<number>>();
    for (const path of expected) {
      for (const { file, line } of alertsOf(readTextFile(path))) {
        const source = join(dirname(path), file);
        if (!alerts.has(source)) alerts.set(source, new Set());
        alerts.get(source)!.add(line);
      }
    }
    const known = new Set(paths);
    for (const [path, found] of [...alerts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!known.has(path)) {
        context.drop("an alert in a file that is not there");
        continue;
      }
      const folder = relative(context.folder, dirname(path)).replaceAll("\\", "/");
      const marks = (source: string) => ({ found, clean: linesWith(source, cleanComment, found) });
      addFunctions(context, path, marks, { cwe: cweOf(folder), group: `codeql:${folder}` });
    }
  },
};

function linesWith(source: string, pattern: RegExp, except: ReadonlySet<number>): Set<number> {
  const lines = source.split("\n").map((line, index) => (pattern.test(line) ? index + 1 : 0));
  return new Set(lines.filter((line) => line > 0 && !except.has(line)));
}

/** The places of the table of results: of its `#select` part when it has parts. */
function* alertsOf(text: string): Generator<{ file: string; line: number }> {
  const lines = text.split(/\r?\n/);
  const hasSelect = lines.includes("#select");
  let isInside = !hasSelect && !lines.some((line) => /^(?:edges|nodes|subpaths)$/.test(line));
  for (const line of lines) {
    if (!line.startsWith("|")) isInside = line === "" ? isInside : line === "#select";
    const place = /^\|\s*([^|:]+):(\d+):\d+:\d+:\d+\s*\|/.exec(line);
    if (isInside && place !== null) yield { file: place[1]!.trim(), line: Number(place[2]) };
  }
}

/** Semgrep's rules: a YAML file a rule, beside it a test of the same name with comments. */
export const semgrep: Importer = {
  summary: "Semgrep's rules and their tests",
  layout: "rule files *.yaml with tests of the same name beside them",
  languages: languageNames,
  kind: "template",
  async read(context) {
    const paths = listFiles(context.folder);
    const stemOf = (path: string) =>
      join(dirname(path), basename(path).replace(/(?:\.test)?\.\w+$/, ""));
    const rules = new Map(
      paths.filter((path) => /\.ya?ml$/.test(path)).map((path) => [stemOf(path), path]),
    );
    const tests = paths.filter((path) => {
      const isSource = languageOfPath(path) !== undefined && !/\.ya?ml$/.test(extname(path));
      return isSource && rules.has(stemOf(path));
    });
    if (tests.length === 0) throw wrongFolder(context.folder, semgrep.layout);
    for (const path of tests) {
      const rule = readSource(rules.get(stemOf(path))!) ?? "";
      const cwe = cweOf(/CWE-\d+/i.exec(rule)?.[0]);
      const group = `semgrep:${relative(context.folder, stemOf(path)).replaceAll("\\", "/")}`;
      addFunctions(context, path, semgrepMarks, { cwe, group });
    }
  },
};

/** `ruleid:` stands above a line that is found, `ok:` above one that is not. */
function semgrepMarks(source: string): Marks {
  const lines = source.split("\n");
  const isComment = (line: string) => /^\s*(?:\/\/|#|\/\*|\*|<!--|--)/.test(line);
  const below = (pattern: RegExp) => {
    const marked = new Set<number>();
    for (const [index, line] of lines.entries()) {
      if (!pattern.test(line)) continue;
      let next = index + (isComment(line) ? 1 : 0);
      while (next < lines.length && (lines[next]!.trim() === "" || isComment(lines[next]!)))
        next += 1;
      marked.add(next + 1);
    }
    return marked;
  };
  return { found: below(/\bruleid:\s*\S/), clean: below(/\bok:\s*\S/) };
}
