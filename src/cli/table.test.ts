import { expect, test } from "vitest";
import { formatTable } from "./table.ts";

test("formatTable: text sits left, numbers right with their digits", () => {
  const columns = ["task", { header: "F1", digits: 3 }, "n"];
  const rows = [
    ["translate", 0.5, 1000],
    ["vulnerability", undefined, 12],
  ];
  expect(formatTable(columns, rows)).toMatchInlineSnapshot(`
    "task              F1     n
    -------------  -----  ----
    translate      0.500  1000
    vulnerability      -    12
    "
  `);
});

test("formatTable: control characters of a cell cannot move the cursor", () => {
  const [, , cell] = formatTable(["file"], [["a\x1b[2Jb\nc"]]).split("\n");
  expect(cell).toBe("a\\u001b[2Jb\\nc");
});

test("formatTable: no rows leave the heading", () => {
  expect(formatTable(["a", "b"], [])).toBe("a  b\n-  -\n");
});
