/** @file The table of corpus sources, and the licence rules its downloader goes by. */
import { expect, test } from "vitest";
import {
  isRestricted,
  isStatedInHeads,
  refusedLicences,
  restrictedPaths,
  unreadLicences,
} from "../scripts/corpus/licences.ts";
import { identifier, isWanted, languageOf, targetFolder } from "../scripts/corpus/source.ts";
import { sources } from "../scripts/corpus/source-table.ts";

const languages =
  "c cpp csharp go java javascript kotlin php python ruby rust swift typescript".split(" ");
const mit = "Permission is hereby granted, free of\n * charge, to any person";

test("sources: every row has an allowed licence, known languages and a folder of its own", () => {
  for (const source of sources) {
    expect(refusedLicences(source.licence), source.name).toEqual([]);
    expect(languages, source.name).toEqual(expect.arrayContaining([...source.languages]));
  }
  expect(new Set(sources.map(targetFolder)).size).toBe(sources.length);
  expect(new Set(sources.flatMap((source) => source.languages))).toEqual(new Set(languages));
});

test("sources: packages of one repository share a top folder", () => {
  const [first, second] = sources.filter(({ repository }) => repository === "expo");
  expect(targetFolder(first!).split("/")).toEqual(["expo", identifier(first!)]);
  expect(targetFolder(second!).split("/")[0]).toBe("expo");
});

test("refusedLicences: one allowed alternative is enough, of a sum all must be allowed", () => {
  expect(refusedLicences("GPL-2.0 OR MIT")).toEqual([]);
  expect(refusedLicences("MIT AND LGPL-2.1")).toEqual(["LGPL-2.1"]);
  expect(refusedLicences("MPL-2.0")).toEqual(["MPL-2.0"]);
  expect(refusedLicences("constructor")).toEqual(["constructor"]);
});

test("unreadLicences: a licence is read across line breaks and comment signs", () => {
  expect(unreadLicences("MIT", [mit])).toEqual([]);
  expect(unreadLicences("MIT AND Apache-2.0", [mit])).toEqual(["Apache-2.0"]);
  expect(unreadLicences("GPL-2.0 OR MIT", [])).toEqual(["MIT"]);
});

test("isStatedInHeads: most files must state the licence", () => {
  expect(isStatedInHeads("MIT", [mit, mit, "int main() {}"])).toBe(true);
  expect(isStatedInHeads("MIT", [mit, "int main() {}"])).toBe(false);
  expect(isStatedInHeads("MIT", [])).toBe(false);
});

test("isRestricted: a copyleft notice counts unless a permissive one stands beside it", () => {
  const gpl = "under the terms of the GNU General\n# Public License";
  expect(isRestricted(gpl)).toBe(true);
  expect(isRestricted(`${gpl}\n${mit}`)).toBe(false);
  expect(isRestricted("SPDX-License-Identifier: LGPL-2.1")).toBe(true);
  expect(isRestricted("int gplate;")).toBe(false);
});

test("restrictedPaths: the last paragraph of debian/copyright that matches decides", () => {
  const isListed = restrictedPaths(
    [
      "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
      "Files: *\nCopyright: someone\nLicense: Expat",
      "Files: tools/*\n src/old?.c\nLicense: GPL-2+",
      "Files: tools/both.py\nLicense: GPL-2+ or Expat",
    ].join("\n\n"),
  );
  expect(["src/new.c", "src/old1.c", "tools/a/b.py", "tools/both.py"].map(isListed)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(restrictedPaths("")("a.c")).toBe(false);
});

test("isWanted: code of the row's languages in its folders, and licences anywhere", () => {
  const source = { ...sources[0]!, languages: ["c"], only: ["lib", "ext/*/src"] };
  const paths = [
    "lib/a.c",
    "library/a.c",
    "ext/x/src/a.h",
    "ext/x/test/a.c",
    "lib/a.py",
    "x/LICENSE",
  ];
  expect(paths.filter((path) => isWanted(source, path))).toEqual([
    "lib/a.c",
    "ext/x/src/a.h",
    "x/LICENSE",
  ]);
  expect(languageOf({ ...source, languages: ["typescript"] }, "a.d.ts")).toBeUndefined();
  expect(languageOf({ ...source, languages: ["cpp", "c"] }, "a.h")).toBe("cpp");
});
