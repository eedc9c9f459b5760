import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { generateFunctions, generateLabelledSamples } from "./index.ts";
import type { SampleLanguage } from "./program.ts";

const codes = (language: SampleLanguage, count: number): string[] => [
  ...generateFunctions({ seed: 11, count, difficulty: 3 }).map(({ code }) => code[language]),
  ...generateLabelledSamples({ seed: 11, count, languages: [language] }).map(({ code }) => code),
];
const runs = (program: string, option: string): boolean =>
  spawnSync(program, [option], { timeout: 10_000 }).status === 0;

test("JavaScript: every function parses", () => {
  for (const code of codes("javascript", 600)) {
    const isMethod = !code.startsWith("function");
    expect(() => new Script(isMethod ? `class Holder {\n${code}\n}` : code), code).not.toThrow();
  }
});

test("every language: brackets match and no place in a template is left empty", () => {
  for (const language of ["java", "csharp", "python", "javascript"] as const) {
    for (const code of codes(language, 200)) {
      const bare = code.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])'|`[^`]*`/g, "");
      for (const [open, close] of ["()", "[]", "{}"] as const) {
        expect(bare.split(open!).length, code).toBe(bare.split(close!).length);
      }
      expect(code).not.toMatch(/[$#]\d|undefined|\[object/);
    }
  }
});

describe.runIf(runs("python3", "--version"))("with Python", () => {
  test("Python: every function parses", () => {
    const check = "import ast, json, sys\nfor code in json.load(sys.stdin): ast.parse(code)";
    const input = JSON.stringify(codes("python", 300));
    const { status, stderr } = spawnSync("python3", ["-c", check], { input, encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});

/** What the functions take from libraries outside the JDK. */
const javaSurroundings = `
import java.io.*; import java.net.*; import java.nio.charset.*; import java.nio.file.*;
import java.security.*; import java.sql.Connection; import java.sql.PreparedStatement;
import java.sql.ResultSet; import java.sql.SQLException; import java.sql.Statement;
import java.util.*; import java.util.concurrent.*; import java.util.stream.*;
interface HttpServletRequest { String getParameter(String name); }
interface Logger { void info(String text); }
class HtmlUtils { static String htmlEscape(String text) { return text; } }
class StringEscapeUtils { static String escapeHtml4(String text) { return text; } }
class MediaType { static final MediaType TEXT_HTML = null; }
class ResponseEntity<T> {
  static ResponseEntity<String> ok() { return null; }
  ResponseEntity<T> contentType(MediaType type) { return this; }
  ResponseEntity<T> body(T body) { return this; }
}
`;

const javaCompiler = "javac";

describe.runIf(runs(javaCompiler, "-version"))("with a Java compiler", () => {
  test("Java: functions compile, types and checked exceptions included", () => {
    const folder = mkdtempSync(join(tmpdir(), "sample-java-"));
    const classes = codes("java", 60)
      .filter((code) => !code.includes("this."))
      .map((code, i) => `class Holder${i} { static Logger logger;\n${code}\n}\n`);
    writeFileSync(join(folder, "Holders.java"), javaSurroundings + classes.join(""));
    const args = ["-proc:none", "-nowarn", "-d", folder, join(folder, "Holders.java")];
    const { stderr, status } = spawnSync(javaCompiler, args, { encoding: "utf8", timeout: 60_000 });
    rmSync(folder, { recursive: true });
    expect(status, stderr.slice(0, 2000)).toBe(0);
  }, 60_000);
});
