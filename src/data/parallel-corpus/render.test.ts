/** @file One program by hand, in every language: how each says the things that differ most. */
import { expect, test } from "vitest";
import {
  assign,
  type CorpusLanguage,
  corpusLanguages,
  declare,
  log,
  nameOf,
  operation,
  type Program,
  raise,
  text,
  when,
} from "./program.ts";
import { renderProgram } from "./render.ts";

const request = nameOf("request", "request");
const isQuiet = nameOf("isQuiet", "flag");
const city = nameOf("cityName", "text");
const parts = nameOf("parts", "texts");
const part = nameOf("part", "text");
const whole = nameOf("whole", "text");

const program: Program = {
  records: [],
  functions: [
    {
      name: "loadCity",
      params: [request, isQuiet],
      returns: "text",
      canFail: true,
      body: [
        declare(city, { kind: "read", request, key: "city", way: 0 }),
        declare(parts, { kind: "texts", items: [city, text("end")] }),
        declare(whole, text("")),
        {
          kind: "each",
          item: part,
          list: parts,
          body: [assign(whole, { kind: "concat", parts: [whole, text("-"), part] })],
        },
        when(operation("longer", whole, { kind: "int", value: 9 }), raise("too long")),
        when(isQuiet, log("city", whole)),
        { kind: "return", value: { kind: "format", parts: [text("in "), whole] } },
      ],
    },
  ],
};

/** Lines that must be there, as written. */
const expected: Readonly<Record<CorpusLanguage, readonly string[]>> = {
  c: [
    "const char *load_city(struct MHD_Connection *request, bool is_quiet) {",
    '    const char *parts[] = { city_name, "end", NULL };',
    '        whole = g_strconcat(whole, "-", part, NULL);',
    "        return NULL;",
    '    return g_strdup_printf("in %s", whole);',
  ],
  cpp: [
    '  std::vector<std::string> parts{city_name, "end"};',
    "  for (const auto &part : parts) {",
    '    throw std::runtime_error("too long");',
    '  return std::format("in {}", whole);',
  ],
  csharp: [
    "static string LoadCity(HttpRequest request, bool isQuiet)",
    '    string cityName = request.Query["city"];',
    "    foreach (var part in parts)",
    '    return $"in {whole}";',
  ],
  go: [
    "func loadCity(request *http.Request, isQuiet bool) (string, error) {",
    '\tparts := []string{cityName, "end"}',
    '\t\treturn "", errors.New("too long")',
    '\treturn fmt.Sprintf("in %s", whole), nil',
  ],
  java: [
    "static String loadCity(HttpServletRequest request, boolean isQuiet) throws Exception {",
    '    List<String> parts = List.of(cityName, "end");',
    '        log.info("city {}", whole);',
    '    return String.format("in %s", whole);',
  ],
  javascript: [
    "function loadCity(request, isQuiet) {",
    "  const cityName = request.query.city;",
    '  let whole = "";',
    "  for (const part of parts) {",
  ],
  kotlin: [
    "fun loadCity(request: HttpServletRequest, isQuiet: Boolean): String {",
    '    var whole = ""',
    "    for (part in parts) {",
    '        throw IllegalArgumentException("too long")',
  ],
  php: [
    "function loadCity(bool $isQuiet): string {",
    '    $cityName = $_GET["city"];',
    '        $whole = $whole . "-" . $part;',
    '    return "in {$whole}";',
  ],
  python: [
    "def load_city(request, is_quiet):",
    '    city_name = request.args.get("city")',
    '        raise ValueError("too long")',
    '    return f"in {whole}"',
  ],
  ruby: [
    "def load_city(request, is_quiet)",
    "  for part in parts",
    "  end",
    '  return "in #{whole}"',
  ],
  rust: [
    '    let parts = vec![city_name.to_string(), "end".to_string()];',
    '    let mut whole = "".to_string();',
    '        return Err("too long".into());',
    '    return Ok(format!("in {}", whole));',
  ],
  swift: [
    "func loadCity(_ request: Request, _ isQuiet: Bool) throws -> String {",
    '    let cityName = request.query["city"] ?? ""',
    '        throw Abort(.badRequest, reason: "too long")',
    '    return "in \\(whole)"',
  ],
  typescript: [
    "function loadCity(request: Request, isQuiet: boolean): string {",
    "  const cityName = request.query.city as string;",
    '  let whole = "";',
  ],
};

test.each(corpusLanguages)("renderProgram: %s has its own idioms", (language) => {
  const lines = renderProgram(program, language).split("\n");
  for (const line of expected[language]) expect(lines).toContain(line);
});
