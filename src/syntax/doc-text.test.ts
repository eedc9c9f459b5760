import { expect, test } from "vitest";
import { docText } from "./doc-text.ts";

test("docText: Javadoc, JSDoc and PHPDoc lose stars, inline tags, HTML and block tags", () => {
  const javadoc = `/**
   * Reads {@code <T>} from {@link java.io.Reader#read(char[]) the reader},
   * <b>never</b> &lt;null&gt;.
   *
   * <p>Second paragraph of List<String>.
   * @param a one
   * @return two
   */`;
  expect(docText(javadoc, "tags")).toBe(
    "Reads <T> from the reader,\nnever <null>.\n\nSecond paragraph of List<String>.",
  );
  expect(docText("/** {@inheritDoc} */", "tags")).toBe("");
  expect(docText("/** @var int */", "tags")).toBe("");
  expect(docText("/**\n * @description Adds.\n * @example\n * f()\n */", "tags")).toBe("Adds.");
});

test("docText: KDoc keeps brackets and drops fenced code", () => {
  expect(
    docText("/**\n * See [Other].\n * ```\n * code()\n * ```\n * More.\n * @since 1\n */", "tags"),
  ).toBe("See [Other].\nMore.");
});

test("docText: Doxygen in all its spellings", () => {
  expect(docText("/*! \\brief Adds.\n *  \\param a one */", "tags")).toBe("Adds.");
  expect(docText("/// @brief Adds.\n/// More.\n/// @return sum", "tags")).toBe("Adds.\nMore.");
  expect(docText("//! Adds.\n//!< More.", "tags")).toBe("Adds.\nMore.");
  expect(docText("/**************\n ** Adds.\n **************/", "tags")).toBe("Adds.");
});

test("docText: a block without stars keeps emphasis at the start of its lines", () => {
  expect(docText("/*\n  *Adds* two.\n  **Quickly**.\n  plain\n*/", "tags")).toBe(
    "*Adds* two.\n**Quickly**.\nplain",
  );
});

test("docText: XML documentation gives its summary, references by name", () => {
  const xml = `/// <summary>
    /// Adds <paramref name="a"/> to <see cref="P:Acme.Cart.Total"/> when <see langword="true"/>.
    /// <para>More &amp; more.</para>
    /// </summary>
    /// <param name="a">one</param>`;
  expect(docText(xml, "xml")).toBe("Adds a to Acme.Cart.Total when true.\nMore & more.");
  expect(docText("/// Plain words.", "xml")).toBe("Plain words.");
  expect(docText("/// <inheritdoc/>", "xml")).toBe("");
});

test("docText: rustdoc and Swift end at a heading or a list of parameters", () => {
  expect(docText("/// Adds.\n///\n/// # Examples\n/// x", "markdown")).toBe("Adds.");
  expect(docText("/// Adds.\n/// - Parameters:\n///   - a: one", "markdown")).toBe("Adds.");
  expect(docText("/** Adds:\n - one\n - two\n */", "markdown")).toBe("Adds:\n- one\n- two");
});

test("docText: docstrings end at fields, sections, underlined headings and doctests", () => {
  const sections = [
    ":param a: one",
    "Args:\n  a: one",
    "Parameters\n----------\na : int",
    ">>> f()",
    "@type a: int",
  ];
  for (const section of sections) {
    expect(docText(`Adds.\n\n    Returns early.\n\n    ${section}`, "docstring")).toBe(
      "Adds.\n\nReturns early.",
    );
  }
});

test("docText: RDoc loses hashes, directives and YARD tags", () => {
  expect(docText("# :nodoc:", "tags")).toBe("");
  expect(docText("# Adds.\n#\n# More.\n# @param a [Integer]", "tags")).toBe("Adds.\n\nMore.");
  expect(docText("=begin\nAdds.\n=end", "tags")).toBe("Adds.");
});

test("docText: GoDoc is kept whole, rules of dashes are not text", () => {
  expect(docText("// Add adds.\n// -----\n//\n//\tcode", "plain")).toBe("Add adds.\n\ncode");
  expect(docText("/* Add adds. */", "plain")).toBe("Add adds.");
});
