/** @file What a row of the table of corpus sources says, and which files of it are source code. */

/** File endings of the languages the corpus knows; `.h` goes to C or C++ by the row's languages. */
const endings: Readonly<Record<string, readonly string[]>> = {
  c: [".c", ".h"],
  cpp: [".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx", ".ipp", ".inl", ".h"],
  csharp: [".cs"],
  go: [".go"],
  java: [".java"],
  javascript: [".js", ".mjs", ".cjs", ".jsx"],
  kotlin: [".kt", ".kts"],
  php: [".php"],
  python: [".py"],
  ruby: [".rb"],
  rust: [".rs"],
  swift: [".swift"],
  typescript: [".ts", ".tsx", ".mts", ".cts"],
};

/** A package of the Debian archive (its upstream tarballs) or of the npm registry. */
export interface Source {
  readonly kind: "debian" | "npm";
  readonly name: string;
  /** Exact version; of a Debian package with its revision. */
  readonly version: string;
  /** SPDX expression of what is taken from it. */
  readonly licence: string;
  /** Languages the package is taken for; files of the others are left in the archive. */
  readonly languages: readonly string[];
  /** What it adds to the corpus. */
  readonly why: string;
  /** Folders below the package's own to take, `*` standing for any one; everything when absent. */
  readonly only?: readonly string[];
  /** Folder of the package whose folders are repositories of their own; `.` is its top. */
  readonly bundle?: string;
  /** Top folder shared with the other packages that are published from the same repository. */
  readonly repository?: string;
}

/** Name of a source that no other has, fit for a folder name. */
export function identifier({ kind, name }: Source): string {
  return `${kind}-${name}`.replace("@", "").replaceAll("/", "-");
}

/** Where a source goes below the output folder; the top folder is its repository's. */
export function targetFolder(source: Source): string {
  const { repository } = source;
  return repository === undefined ? identifier(source) : `${repository}/${identifier(source)}`;
}

/** The language a source takes a file for, by its ending; undefined for what it leaves behind. */
export function languageOf({ languages }: Source, path: string): string | undefined {
  if (/\.(min\.js|d\.[cm]?ts)$/.test(path)) return undefined;
  return languages.find((language) => endings[language]?.some((ending) => path.endsWith(ending)));
}

/** Shell wildcards of everything an archive may hold that is wanted. */
export function wantedPatterns({ languages }: Source): string[] {
  const wanted = new Set(languages.flatMap((language) => endings[language] ?? []));
  const licences = ["licen[cs]e", "unlicen[cs]e", "copying", "copyright", "readme", "package.json"];
  return [...wanted].map((ending) => `*${ending}`).concat(licences.map((name) => `*/${name}*`));
}

/**
 * Whether an unpacked file is to stay: source code of the row's languages and folders, or a licence.
 * @param inside path below the package's own folder
 */
export function isWanted(source: Source, inside: string): boolean {
  if (isLicenceFile(inside)) return true;
  if (languageOf(source, inside) === undefined) return false;
  return source.only?.some((folder) => isBelow(folder, inside)) ?? true;
}

function isBelow(folder: string, inside: string): boolean {
  const parts = inside.split("/");
  return folder.split("/").every((part, at) => part === "*" || part === parts[at]);
}

/** A licence text, readme or package manifest, at any depth. */
export function isLicenceFile(path: string): boolean {
  return /(^|\/)((un)?licen[cs]e|copying|copyright|readme|package\.json$)[^/]*$/i.test(path);
}
