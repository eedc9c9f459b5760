/** @file CVEfixes: an SQLite database of fix commits, their files and their functions before and after. */
import { languageOfPath } from "../../../syntax/index.ts";
import { cweOf, type Draft, type ImportContext, type Importer, textOf } from "../draft.ts";
import { filesNamed, wrongFolder } from "../files.ts";
import { openSqlite, type Sqlite } from "../sqlite.ts";

/** What is known of a commit. */
interface Commit {
  readonly cwe: string | null;
  readonly date: string | undefined;
}

/** A function's versions in one file of one commit. */
interface Versions {
  before?: string;
  after?: string;
}

/** Bhandari, Naseer and Moonen 2021. */
export const cvefixes: Importer = {
  summary: "CVEfixes",
  layout: "CVEfixes.db, or another SQLite file with file_change and method_change",
  languages: [
    ...(["c", "cpp", "csharp", "go", "java", "javascript", "kotlin", "php"] as const),
    ...(["python", "ruby", "rust", "swift", "typescript"] as const),
  ],
  kind: "commits",
  async read(context) {
    const paths = filesNamed(context.folder, /\.(?:db|sqlite3?)$/i);
    if (paths.length === 0) throw wrongFolder(context.folder, cvefixes.layout);
    for (const path of paths) {
      const database = openSqlite(path);
      try {
        readDatabase(context, database);
      } finally {
        database.close();
      }
    }
  },
};

function readDatabase(context: ImportContext, database: Sqlite): void {
  const commits = readCommits(database);
  const files = new Map<string, { hash: string; name: string }>();
  for (const row of database.rows("file_change", ["file_change_id", "hash", "filename"])) {
    files.set(String(row.file_change_id), { hash: String(row.hash), name: String(row.filename) });
  }
  let current: string | undefined;
  let functions = new Map<string, Versions>();
  let numPairs = 0;
  const flush = () => {
    const file = current === undefined ? undefined : files.get(current);
    if (file === undefined && functions.size > 0) context.drop("a function of no known file");
    if (file === undefined) return;
    const language = languageOfPath(file.name) ?? context.language;
    const commit = commits.get(file.hash);
    for (const versions of functions.values()) {
      if (language === undefined) {
        context.drop("a language without a grammar");
        continue;
      }
      const common = {
        language,
        cwe: commit?.cwe ?? null,
        group: `commit:${file.hash}`,
        ...(commit?.date && { date: commit.date }),
      };
      numPairs += addVersions(context, versions, common, `cvefixes-${numPairs}`);
    }
  };
  const columns = ["file_change_id", "name", "signature", "code", "before_change"] as const;
  // the functions of a file stand together
  for (const row of database.rows("method_change", columns)) {
    const file = String(row.file_change_id);
    if (file !== current) {
      flush();
      functions = new Map();
      current = file;
    }
    const code = textOf(row.code);
    if (code === undefined) {
      context.drop("no code");
      continue;
    }
    const key = `${row.name}\0${row.signature}`;
    if (!functions.has(key)) functions.set(key, {});
    const isBefore = /^(?:true|1)$/i.test(String(row.before_change));
    functions.get(key)![isBefore ? "before" : "after"] = code;
  }
  flush();
}

/** What the two versions of a function are worth; returns the number of pairs added. */
function addVersions(
  context: ImportContext,
  { before, after }: Versions,
  common: Omit<Draft, "code" | "label" | "pair">,
  pair: string,
): number {
  if (before === undefined) context.drop("a function that the fix added");
  else if (before === after) context.drop("the fix changed nothing in the function");
  else if (after === undefined) context.add({ ...common, code: before, label: 1, pair: null });
  else {
    context.add({ ...common, code: before, label: 1, pair });
    context.add({ ...common, code: after, label: 0, pair });
    return 1;
  }
  return 0;
}

/** Weakness and date of each commit; tables beside the functions may be missing. */
function readCommits(database: Sqlite): Map<string, Commit> {
  const has = (table: string) => database.tables.includes(table);
  const cweOfCve = new Map<string, string>();
  if (has("cwe_classification")) {
    for (const { cve_id, cwe_id } of database.rows("cwe_classification", ["cve_id", "cwe_id"])) {
      const cwe = cweOf(cwe_id);
      if (cwe !== null && !cweOfCve.has(String(cve_id))) cweOfCve.set(String(cve_id), cwe);
    }
  }
  const dates = new Map<string, string>();
  if (has("commits")) {
    for (const { hash, committer_date } of database.rows("commits", ["hash", "committer_date"])) {
      if (typeof committer_date === "string") dates.set(String(hash), committer_date);
    }
  }
  const commits = new Map<string, Commit>();
  if (has("fixes")) {
    for (const { cve_id, hash } of database.rows("fixes", ["cve_id", "hash"])) {
      const cwe = cweOfCve.get(String(cve_id)) ?? commits.get(String(hash))?.cwe ?? null;
      commits.set(String(hash), { cwe, date: dates.get(String(hash)) });
    }
  }
  return commits;
}
