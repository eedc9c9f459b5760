/** @file Data sets of functions from fix commits, one record a function or a pair: JSON lines, lists, CSV. */
import { DataError } from "../../../base/index.ts";
import { languageOfPath } from "../../../syntax/index.ts";
import { cweOf, type Draft, type ImportContext, type Importer, labelOf, textOf } from "../draft.ts";
import { filesNamed, wrongFolder } from "../files.ts";
import { forEachRow, type Row } from "../tables.ts";

const native = ["c", "cpp"] as const;
const scripting = ["c", "cpp", "csharp", "go", "java", "javascript", "kotlin", "php"] as const;
const all = [...scripting, "python", "ruby", "rust", "swift", "typescript"] as const;

/** Files of C++ have no mark of their own in some sets: what C cannot be. */
const isCpp = (code: string): boolean =>
  /::|\btemplate\s*<|\bnullptr\b|\b(?:const|static|dynamic|reinterpret)_cast\b|\bclass\s+\w+\s*[:{]/.test(
    code,
  );

const nativeLanguage = (code: string, context: ImportContext): string =>
  context.language ?? (isCpp(code) ? "cpp" : "c");

const commitOf = (source: string, row: Row): string =>
  `${source}:${row.project ?? ""}@${row.commit_id ?? ""}`;

/** Read every file whose name matches, each row by `onRow`; none is an error. */
async function readTables(
  { folder }: ImportContext,
  name: RegExp,
  layout: string,
  onRow: (row: Row, path: string) => void,
): Promise<void> {
  const paths = filesNamed(folder, name);
  if (paths.length === 0) throw wrongFolder(folder, layout);
  for (const path of paths) await forEachRow(path, (row) => onRow(row, path));
}

/** One function with a label of its own. */
function addSingle(
  context: ImportContext,
  row: Row,
  draft: Pick<Draft, "group"> & Partial<Draft>,
): void {
  const code = textOf(row.func);
  const label = labelOf(row.target);
  if (code === undefined) {
    context.drop("no code");
    return;
  }
  if (label === undefined) {
    context.drop("no label");
    return;
  }
  context.add({
    language: nativeLanguage(code, context),
    code,
    label,
    cwe: cweOf(row.cwe),
    pair: null,
    ...draft,
  });
}

/** A function before and after its fix. */
function addPair(
  context: ImportContext,
  before: unknown,
  after: unknown,
  common: Omit<Draft, "code" | "label">,
): void {
  const [vulnerable, fixed] = [textOf(before), textOf(after)];
  if (vulnerable === undefined) {
    context.drop("no code before the fix");
    return;
  }
  if (vulnerable === fixed) {
    context.drop("the fix changed nothing in the function");
    return;
  }
  const pair = fixed === undefined ? null : common.pair;
  context.add({ ...common, pair, code: vulnerable, label: 1 });
  if (fixed !== undefined) context.add({ ...common, pair, code: fixed, label: 0 });
}

/** Zhou et al. 2019, and as CodeXGLUE's defect detection. */
export const devign: Importer = {
  summary: "Devign, or CodeXGLUE's defect detection",
  layout: "function.json, or train.jsonl, valid.jsonl and test.jsonl with func and target",
  languages: native,
  kind: "commits",
  read: (context) =>
    readTables(
      context,
      /^(?:function\.json|(?:train|valid|test)\.jsonl(?:\.gz)?)$/,
      devign.layout,
      (row) =>
        addSingle(context, row, {
          group: commitOf("devign", row),
          language: context.language ?? "c",
        }),
    ),
};

/** Chen et al. 2023. */
export const diversevul: Importer = {
  summary: "DiverseVul",
  layout: "diversevul*.json with func, target, cwe, project and commit_id, one object a line",
  languages: native,
  kind: "commits",
  read: (context) =>
    readTables(context, /^diversevul.*\.jsonl?(?:\.gz)?$/i, diversevul.layout, (row) =>
      addSingle(context, row, { group: commitOf("diversevul", row) }),
    ),
};

/** Ding et al. 2024; a paired file has each vulnerable function ahead of its fixed form. */
export const primevul: Importer = {
  summary: "PrimeVul, its paired files too",
  layout: "primevul_{train,valid,test}[_paired].jsonl",
  languages: native,
  kind: "commits",
  async read(context) {
    const seen = new Set<string>();
    const keyOf = (row: Row) => `${row.target} ${row.func_hash ?? row.func}`;
    const add = (row: Row, pair: string | null) => {
      if (seen.has(keyOf(row))) {
        context.drop("also in a paired file, or twice");
        return;
      }
      seen.add(keyOf(row));
      addSingle(context, row, { group: commitOf("primevul", row), pair });
    };
    const paths = filesNamed(context.folder, /^primevul.*\.jsonl(?:\.gz)?$/i);
    if (paths.length === 0) throw wrongFolder(context.folder, primevul.layout);
    let numPairs = 0;
    for (const path of paths.filter((one) => one.includes("_paired"))) {
      let first: Row | undefined;
      await forEachRow(path, (row) => {
        if (first === undefined) {
          first = row;
          return;
        }
        const isPair = labelOf(first.target) !== labelOf(row.target);
        const pair = isPair ? `primevul-${numPairs++}` : null;
        add(first, pair);
        if (isPair) add(row, pair);
        first = isPair ? undefined : row;
      });
      if (first !== undefined) add(first, null);
    }
    for (const path of paths.filter((one) => !one.includes("_paired"))) {
      await forEachRow(path, (row) => add(row, null));
    }
  },
};

/** Fan et al. 2020, MSR_data_cleaned.csv. */
export const bigvul: Importer = {
  summary: "BigVul",
  layout: "MSR_data_cleaned.csv, or another CSV with func_before, func_after and vul",
  languages: native,
  kind: "commits",
  async read(context) {
    let number = 0;
    await readTables(context, /\.csv$/i, bigvul.layout, (row) => {
      const before = textOf(row.func_before);
      if (before === undefined) {
        context.drop("no code before the fix");
        return;
      }
      const label = labelOf(row.vul);
      if (label === undefined) {
        context.drop("no label");
        return;
      }
      const date = textOf(row["Publish Date"]);
      const lang = textOf(row.lang);
      const common = {
        language: context.language ?? (lang === undefined ? nativeLanguage(before, context) : lang),
        cwe: cweOf(row["CWE ID"]),
        pair: `bigvul-${number++}`,
        group: commitOf("bigvul", row),
        ...(date && { date }),
      };
      if (label === 1) {
        addPair(context, before, row.func_after, common);
        return;
      }
      context.add({ ...common, pair: null, code: before, label: 0 });
    });
  },
};

/** He and Vechev 2023 (SVEN), He et al. 2024 (SafeCoder): a pair a line. */
function pairsOfCommits(summary: string, source: string): Importer {
  const importer: Importer = {
    summary,
    layout: "*.jsonl with func_src_before, func_src_after, vul_type, file_name and commit_link",
    languages: all,
    kind: "commits",
    async read(context) {
      let number = 0;
      await readTables(context, /\.jsonl(?:\.gz)?$/, importer.layout, (row) => {
        if (row.func_src_before === undefined) {
          context.drop("not a pair before and after a fix");
          return;
        }
        const language = languageOfPath(String(row.file_name ?? "")) ?? context.language;
        if (language === undefined) {
          context.drop("a language without a grammar");
          return;
        }
        addPair(context, row.func_src_before, row.func_src_after, {
          language,
          cwe: cweOf(row.vul_type),
          pair: `${source}-${number++}`,
          group: `commit:${row.commit_link ?? number}`,
        });
      });
    },
  };
  return importer;
}

export const sven = pairsOfCommits("SVEN", "sven");
export const safecoder = pairsOfCommits("SafeCoder, its security sets", "safecoder");

/** Any table with a column map. */
export const table: Importer = {
  summary: "any JSON lines, CSV or Parquet, with --columns",
  layout: "*.jsonl, *.json, *.csv, *.tsv or *.parquet with a row a function",
  languages: all,
  kind: "commits",
  async read(context) {
    const column = (field: string) => context.columns[field] ?? field;
    let isChecked = false;
    let number = 0;
    await readTables(
      context,
      /\.(?:jsonl|ndjson|json|csv|tsv|parquet)(?:\.gz)?$/i,
      table.layout,
      (row, path) => {
        if (!isChecked) requireColumns(row, path, [column("code"), column("label")]);
        isChecked = true;
        number += 1;
        const code = textOf(row[column("code")]);
        if (code === undefined) {
          context.drop("no code");
          return;
        }
        const label = labelOf(row[column("label")]);
        if (label === undefined) {
          context.drop("no label");
          return;
        }
        const language = textOf(row[column("language")]) ?? context.language;
        if (language === undefined) return context.drop("no language; give --language");
        const optional = (field: string) => {
          const value = row[column(field)];
          return value === undefined || value === null || value === "" ? undefined : String(value);
        };
        const date = optional("date");
        context.add({
          language,
          code,
          label,
          cwe: cweOf(row[column("cwe")]),
          pair: optional("pair") ?? null,
          group: optional("group") ?? `row-${number}`,
          ...(date && { date }),
        });
      },
    );
  },
};

function requireColumns(row: Row, path: string, columns: readonly string[]): void {
  const missing = columns.filter((name) => !Object.hasOwn(row, name));
  if (missing.length === 0) return;
  throw new DataError("import.columns", "columns are missing", {
    expected: missing.join(", "),
    got: Object.keys(row).join(", ").slice(0, 300),
    where: path,
    help: "say which columns to read: --columns code=func,label=target",
  });
}
