import { expect, test } from "vitest";
import { fileNameReason, isVendoredFolder } from "./path-rules.ts";

test("fileNameReason: names tell generated and minified files", () => {
  const names = [
    "a.min.js",
    "a.pb.go",
    "x_pb2.py",
    "Form.Designer.cs",
    "jquery-3.6.0.js",
    "y.tab.c",
  ];
  expect(names.map(fileNameReason)).toEqual([
    "minified",
    "generated",
    "generated",
    "generated",
    "vendored",
    "generated",
  ]);
  for (const name of ["admin.js", "main.go", "jquery.ts", "a_pb.py", "generated.py"]) {
    expect(fileNameReason(name)).toBe(undefined);
  }
});

test("isVendoredFolder: copies of other projects, in any case", () => {
  expect(["node_modules", "Pods", "third_party", "Vendor"].every(isVendoredFolder)).toBe(true);
  expect(["src", "lib", "modules"].some(isVendoredFolder)).toBe(false);
});
