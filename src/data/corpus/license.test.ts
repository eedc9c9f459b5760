import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { guessLicense, isLicenseAllowed, licenseOfFolder, spdxIdentifier } from "./license.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-license-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const license = () => licenseOfFolder(folder, readdirSync(folder));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const texts: Readonly<Record<string, string>> = {
  MIT: "Permission is hereby granted, free of charge, to any person obtaining a copy",
  "Apache-2.0": "Apache License\n   Version 2.0, January 2004",
  "GPL-3.0": "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007",
  "GPL-2.0": "GNU GENERAL PUBLIC LICENSE\n   Version 2, June 1991",
  "LGPL-2.1": "GNU LESSER GENERAL PUBLIC LICENSE\n  Version 2.1",
  ISC: "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that",
  "BSD-2-Clause": "Redistribution and use in source and binary forms, with or without",
  "BSD-3-Clause":
    "Redistribution and use in source and binary forms\n...\nNeither the name of the holder",
  Unlicense: "This is free and unencumbered software released into the public domain.",
};

test("guessLicense: the phrases of known texts, whatever their line breaks", () => {
  for (const [spdx, text] of Object.entries(texts)) {
    expect(guessLicense(text)).toBe(spdx);
    expect(guessLicense(`Copyright someone\n\n${text.replaceAll(" ", "\n  ")}`)).toBe(spdx);
  }
  expect(guessLicense("All rights reserved.")).toBe(undefined);
});

test("guessLicense: of several licences in a text, the one it begins with", () => {
  const mit = "Permission is hereby granted, free of charge, to any person obtaining a copy";
  const gpl = "GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007";
  expect(
    guessLicense(`Toy is licensed as follows:\n${mit}\n\nA library it brings along:\n${gpl}`),
  ).toBe("MIT");
  expect(guessLicense(`${gpl}\n\nPortions:\n${mit}`)).toBe("GPL-3.0");
});

test("spdxIdentifier: the line at the top of a file, as an expression", () => {
  const of = (expression: string) =>
    spdxIdentifier(`/* SPDX-License-Identifier: ${expression} */\nint a;`);
  expect(of("MIT")).toBe("MIT");
  expect(of("GPL-2.0-only WITH Linux-syscall-note")).toBe("GPL-2.0-only WITH Linux-syscall-note");
  expect(of("(MIT OR Apache-2.0)")).toBe(undefined);
  expect(of("MIT OR Apache-2.0")).toBe("MIT OR Apache-2.0");
  expect(spdxIdentifier(`${"\n".repeat(5_000)}SPDX-License-Identifier: MIT`)).toBe(undefined);
});

test("licenseOfFolder: a manifest's word comes before a guess from a text", () => {
  expect(license()).toBe(undefined);
  write("COPYING", texts["GPL-2.0"]!);
  expect(license()).toBe("GPL-2.0");
  write("package.json", '{"license": "SEE LICENSE IN COPYING"}');
  expect(license()).toBe("GPL-2.0");
  write("package.json", '{"license": {"type": "BSD-3-Clause"}}');
  expect(license()).toBe("BSD-3-Clause");
  write("package.json", "not json");
  write("Cargo.toml", '[package]\nname = "a"\nlicense = "MIT OR Apache-2.0"\n');
  expect(license()).toBe("MIT OR Apache-2.0");
});

test("licenseOfFolder: Debian's copyright file, here or in debian/, in its own names", () => {
  mkdirSync(join(folder, "debian"));
  expect(license()).toBe(undefined);
  const copyright =
    "Format: x\n\nFiles: *\nCopyright: someone\nLicense: Expat\n\nFiles: b\nLicense: GPL-3\n";
  writeFileSync(join(folder, "debian", "copyright"), copyright);
  expect(license()).toBe("MIT");
  write("copyright", "It was downloaded from there.\n\nLicense: GPL-3+\n");
  expect(license()).toBe("GPL-3.0");
});

test("isLicenseAllowed: one side of OR is enough, both of AND are needed", () => {
  const allowed = new Set(["MIT", "Apache-2.0", "GPL-2.0"]);
  const check = (expression: string | undefined) => isLicenseAllowed(expression, allowed);
  expect(["MIT", "MIT OR GPL-3.0", "MIT/Apache-2.0", "(MIT AND Apache-2.0)"].map(check)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(check("GPL-2.0-only WITH Linux-syscall-note")).toBe(true);
  expect([undefined, "GPL-3.0", "MIT AND GPL-3.0"].map(check)).toEqual([false, false, false]);
  expect(isLicenseAllowed(undefined, new Set())).toBe(true);
});
