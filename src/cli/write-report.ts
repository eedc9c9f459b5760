/** @file A lab's report on disk, for the verbs that make one. */
import { writeFileAtomically } from "../base/index.ts";
import { readLabFolder, reportOf } from "../lab/index.ts";
import { requireWritable } from "./output-file.ts";

/** What to report on, and how. */
interface ReportSettings {
  readonly lab: string;
  /** HTML file; Markdown goes beside it. */
  readonly html: string;
  readonly numResamples: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

/** Write the HTML file, and Markdown beside it as `.md`. */
export async function writeReport({ lab, html, numResamples, seed, log }: ReportSettings) {
  const markdown = html.replace(/(\.html?)?$/i, ".md");
  const folder = await readLabFolder(lab);
  for (const path of [html, markdown]) requireWritable(path);
  const { cells, missing } = folder;
  log(`${cells.length} cells read${missing.length > 0 ? `, ${missing.length} missing` : ""}`);
  const report = reportOf(folder, { numResamples, seed });
  writeFileAtomically(html, report.html);
  writeFileAtomically(markdown, report.markdown);
  return { markdown, verdicts: report.verdicts, missing };
}
