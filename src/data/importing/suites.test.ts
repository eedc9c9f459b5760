/** @file Importers of test suites and of analysers' tests, each on a small folder of its real layout. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { importSamples } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "codet5-suites-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function imported(source: string, files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(root, "set-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const out = join(folder, "out.jsonl");
  const report = await importSamples({ source, folder, out });
  const rows = readFileSync(out, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { report, rows };
}

const telling = /bad|good|g2b|b2g|cwe|vuln|safe|ok:|ruleid|flaw|fix/i;

const julietC = `/* TEMPLATE GENERATED TESTCASE FILE */
#include "std_testcase.h"
#ifndef OMITBAD
void CWE121_Stack__strcpy_01_bad()
{
    char badBuffer[10];
    /* POTENTIAL FLAW: too long */
    strcpy(badBuffer, SOURCE);
}
#endif
#ifndef OMITGOOD
static void goodG2B()
{
    char goodBuffer[100];
    /* FIX: large enough */
    strcpy(goodBuffer, SOURCE);
}
void CWE121_Stack__strcpy_01_good()
{
    goodG2B();
}
#endif
int main(int argc, char * argv[]) { CWE121_Stack__strcpy_01_bad(); return 0; }
`;

test("juliet: bad and good functions in three languages, no name tells which", async () => {
  const managed = (method: string) =>
    `class CWE89_SQL__x_01 : Base {\n  ${method} void bad() { int badValue = 1; use(badValue); }\n` +
    `  ${method} void goodB2G() { int goodValue = 2; use(goodValue); }\n` +
    "  public void good() { goodB2G(); }\n}\n";
  const { report, rows } = await imported("juliet", {
    "testcases/CWE121/CWE121_Stack__strcpy_01.c": julietC,
    "testcases/CWE121/CWE121_Stack__strcpy_51a.c": julietC,
    "testcases/CWE121/CWE121_Stack__strcpy_41.c": julietC.replace("int main", "void badSink"),
    "src/CWE89_SQL__x_01.java": managed("private").replace(": Base", "extends Base"),
    "src/CWE89_SQL__x_02.cs": managed("private"),
    "testcasesupport/io.c": "void printLine(char *s) {}",
  });
  expect(
    rows.map(({ language, label, pair, group, cwe }) => [language, label, pair, group, cwe]),
  ).toEqual(
    [
      ["java", "CWE89_SQL__x_01", "CWE-89"],
      ["csharp", "CWE89_SQL__x_02", "CWE-89"],
      ["c", "CWE121_Stack__strcpy_01", "CWE-121"],
    ].flatMap(([language, name, cwe]) =>
      [1, 0].map((label) => [
        language,
        label,
        `juliet:${name}`,
        `juliet:${name!.replace(/_\d+$/, "")}`,
        cwe,
      ]),
    ),
  );
  for (const { code, id } of rows) expect(`${id} ${code}`).not.toMatch(telling);
  const c = rows.filter(({ language }) => language === "c");
  expect(c[0].code).toBe("void process()\n{\n    char buffer[10];\n    strcpy(buffer, SOURCE);\n}");
  expect(c[1].code).toContain("void process()");
  expect(report).toMatchObject({ pairs: 3, samples: 6 });
  expect(Object.values(report.dropped)).toEqual([1, 1]);
});

test("owasp: labels from the table, code from the files, names of tests gone", async () => {
  const java = (number: string) =>
    `/** OWASP */\npackage t;\n@WebServlet(value = "/x/BenchmarkTest${number}")\n` +
    `public class BenchmarkTest${number} extends HttpServlet { void doPost() { run(${number}); } }\n`;
  const { report, rows } = await imported("owasp", {
    "expectedresults-1.2.csv":
      "# test name, category, real vulnerability, cwe, Benchmark version: 1.2\n" +
      "BenchmarkTest00001,pathtraver,true,22\nBenchmarkTest00002,sqli,false,89\nBenchmarkTest00003,sqli,true,89\n",
    "src/main/java/testcode/BenchmarkTest00001.java": java("00001"),
    "src/main/java/testcode/BenchmarkTest00002.java": java("00002"),
  });
  expect(rows.map(({ label, cwe, group }) => [label, cwe, group])).toEqual([
    [1, "CWE-22", "owasp:BenchmarkTest00001"],
    [0, "CWE-89", "owasp:BenchmarkTest00002"],
  ]);
  expect(rows[0].code).not.toMatch(/Benchmark|OWASP/);
  expect(report.dropped).toEqual({ "a test without its file": 1 });
});

test("castle: from its list of tests, or from its files with headers", async () => {
  const header = "/*\nname: CASTLE-125-3.c\nvulnerable: true\ncwe: 125\n*/\n";
  const code = "int main() {\n  return values[9]; // {!LINE}\n}\n";
  const list = {
    tests: [{ name: "CASTLE-125-3.c", vulnerable: true, cwe: 125, code: header + code }],
  };
  const fromList = await imported("castle", { "datasets/CASTLE-C250.json": JSON.stringify(list) });
  const fromFiles = await imported("castle", { "CASTLE-C250/CASTLE-125-3.c": header + code });
  expect(fromList.rows).toEqual(fromFiles.rows);
  expect(fromList.rows[0]).toMatchObject({
    label: 1,
    cwe: "CWE-125",
    group: "castle:CASTLE-125-3",
  });
  expect(fromList.rows[0].code).toBe("int main() {\n  return values[9];\n}");
});

test("codeql: functions with an alert, and functions said to be good", async () => {
  const python = `def unsafe(x):
    return eval(x)  # BAD

def fine(x):
    return int(x)  # GOOD: a number

def unknown(x):
    return x
`;
  const { report, rows } = await imported("codeql", {
    "python/ql/test/query-tests/Security/CWE-094/test.py": python,
    "python/ql/test/query-tests/Security/CWE-094/Code.expected":
      "edges\n| test.py:4:5:4:9 | x | test.py:5:1:5:2 | y |\n#select\n" +
      "| test.py:2:17:2:17 | x | test.py:1:12:1:12 | x | test.py:2:17:2:17 | x | message |\n" +
      "| gone.py:2:17:2:17 | x | message |\n",
    "python/ql/test/query-tests/Security/CWE-094/Code.qlref": "Security/CWE-094/Code.ql",
  });
  expect(rows.map(({ label, cwe, code }) => [label, cwe, code])).toEqual([
    [1, "CWE-94", "def process(x):\n    return eval(x)"],
    [0, "CWE-94", "def process(x):\n    return int(x)"],
  ]);
  expect(rows[0].group).toBe("codeql:python/ql/test/query-tests/Security/CWE-094");
  expect(report.dropped).toEqual({ "an alert in a file that is not there": 1 });
});

test("semgrep: the comments above lines make the labels, and go", async () => {
  const go = `package main

func bad(q string) {
	// ruleid: string-query
	db.Query("select " + q)
}

func okay(q string) {
	// ok: string-query
	db.Query("select ?", q)
}

// ok: string-query
var other = 1
`;
  const { report, rows } = await imported("semgrep", {
    "go/lang/security/string-query.yaml":
      "rules:\n  - id: string-query\n    metadata:\n      cwe:\n        - 'CWE-89: SQL'\n",
    "go/lang/security/string-query.go": go,
    "go/lang/security/unrelated.go": "package main\nfunc f() {}\n",
  });
  expect(rows.map(({ label, cwe, language }) => [label, cwe, language])).toEqual([
    [1, "CWE-89", "go"],
    [0, "CWE-89", "go"],
  ]);
  expect(rows[0].code).toBe('func process(q string) {\n\tdb.Query("select " + q)\n}');
  expect(rows[0].group).toBe("semgrep:go/lang/security/string-query");
  expect(report.dropped).toEqual({ "a line outside of any function": 1 });
});

test.each(["juliet", "owasp", "castle", "codeql", "semgrep"])(
  "%s: a folder of something else is told",
  async (source) => {
    const files = { "readme.txt": "nothing" };
    await expect(imported(source, files)).rejects.toMatchObject({ code: "import.layout" });
  },
);
