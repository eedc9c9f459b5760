/** @file How fast source is analyzed: functions, documentation and identifiers, per language and core. */
import { isUtf8 } from "node:buffer";
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { cpuUsage, resourceUsage } from "node:process";
import { analyzeSource, type Language, languageOfPath, loadGrammar } from "../syntax/index.ts";
import { median } from "./median.ts";

export interface SyntaxBenchOptions {
  readonly folders: readonly string[];
  /** Languages to measure; all found when empty. */
  readonly languages: readonly Language[];
  /** Source read per language at most, in bytes: the first files in the order of their paths. */
  readonly maxBytes: number;
  /** Passes measured, after one that warms up. */
  readonly repeats: number;
}

/** Figures of one language; speeds are medians over the passes, per second of processor time. */
export interface SyntaxFigures {
  readonly files: number;
  readonly bytes: number;
  readonly functions: number;
  readonly documented: number;
  readonly identifiers: number;
  /** Files in which the parser found nothing wrong, in [0, 1]. */
  readonly cleanShare: number;
  /** 10^6 bytes. */
  readonly megabytesPerSecond: number;
}

/** Larger files are seldom written by people. */
const maxFileBytes = 300_000;

/** Analyze what the folders hold, language by language. */
export async function benchSyntax(
  options: SyntaxBenchOptions,
  tell: (language: Language) => void,
): Promise<{ languages: Partial<Record<Language, SyntaxFigures>>; peakRssBytes: number }> {
  const found = new Map<Language, string[]>();
  for (const folder of options.folders) collectPaths(folder, found);
  const figures: Partial<Record<Language, SyntaxFigures>> = {};
  for (const [language, paths] of [...found].sort()) {
    if (options.languages.length > 0 && !options.languages.includes(language)) continue;
    tell(language);
    const sources = readSources(paths, options.maxBytes);
    if (sources.length > 0) figures[language] = await measure(language, sources, options.repeats);
  }
  return { languages: figures, peakRssBytes: resourceUsage().maxRSS * 1024 };
}

async function measure(
  language: Language,
  sources: readonly string[],
  repeats: number,
): Promise<SyntaxFigures> {
  const grammar = await loadGrammar(language);
  const bytes = sources.reduce((sum, source) => sum + Buffer.byteLength(source), 0);
  const speeds: number[] = [];
  for (let pass = 0; pass < repeats; pass += 1) {
    if (pass === 0) for (const source of sources) analyzeSource(grammar, source);
    const before = cpuUsage();
    for (const source of sources) analyzeSource(grammar, source);
    const { user, system } = cpuUsage(before);
    speeds.push(bytes / (user + system));
  }
  const analyses = sources.map((source) => analyzeSource(grammar, source));
  const functions = analyses.flatMap((analysis) => analysis.functions);
  return {
    files: sources.length,
    bytes,
    functions: functions.length,
    documented: functions.filter(({ docstring }) => docstring !== "").length,
    identifiers: functions.reduce((sum, { identifiers }) => sum + identifiers.length / 2, 0),
    cleanShare: analyses.filter(({ hasError }) => !hasError).length / sources.length,
    megabytesPerSecond: median(speeds),
  };
}

/** Regular files below a folder by language, in order; links are not followed. */
function collectPaths(folder: string, found: Map<Language, string[]>): void {
  for (const entry of listFolder(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) collectPaths(path, found);
    const language = entry.isFile() ? languageOfPath(entry.name) : undefined;
    if (language === undefined) continue;
    const paths = found.get(language) ?? [];
    paths.push(path);
    found.set(language, paths);
  }
}

function listFolder(folder: string): Dirent[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readSources(paths: readonly string[], maxBytes: number): string[] {
  const sources: string[] = [];
  let total = 0;
  for (const path of paths) {
    if (total >= maxBytes) break;
    const { size } = statSync(path);
    if (size === 0 || size > maxFileBytes) continue;
    const bytes = readFileSync(path);
    if (!isUtf8(bytes)) continue;
    sources.push(bytes.toString("utf8"));
    total += size;
  }
  return sources;
}
