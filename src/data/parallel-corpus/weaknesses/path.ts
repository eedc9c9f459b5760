/** @file CWE-22: a file named from outside, against the last part of that name in a fixed folder. */
import { type Draw, fragment } from "../../sample/draw.ts";
import { plural } from "../../sample/naming.ts";
import { nouns } from "../../sample/words.ts";
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

const folder = (draw: Draw): string =>
  `/${draw.random.pick(["srv", "var", "data"])}/${fragment(draw)}/${plural(draw.random.pick(nouns))}/`;

/** Path traversal. */
export const path: Weakness = {
  cwe: "CWE-22",
  verbs: ["open", "load", "read", "show", "fetch", "import"],
  keys: ["file", "document", "sheet", "page", "attachment", "archive"],
  otherKeys: ["theme", "label", "topic", "language", "edition"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [],
  returns: {
    library: {
      c: "FILE *",
      cpp: "std::ifstream",
      csharp: "string",
      go: "[]byte",
      java: "String",
      typescript: "string",
      kotlin: "String",
      php: "string",
      rust: "String",
      swift: "String",
    },
  },
  payload: (draw) => ({
    before: folder(draw),
    after: draw.random.pick(["", "", ".txt", ".csv", ".html"]),
  }),
  base: folder,
  danger: {
    c: ['fopen($0, "r")'],
    cpp: ["std::ifstream($0)"],
    csharp: ["File.ReadAllText($0)"],
    go: ["os.ReadFile($0) !"],
    java: ["Files.readString(Path.of($0))"],
    javascript: ['readFileSync($0, "utf8")'],
    kotlin: ["File($0).readText()"],
    php: ["file_get_contents($0)"],
    python: ["open($0).read()", "Path($0).read_text()"],
    ruby: ["File.read($0)"],
    rust: ["fs::read_to_string(&$0)?"],
    swift: ["try String(contentsOfFile: $0)"],
  },
  safe: {
    c: ['fopen(g_build_filename("^1", g_path_get_basename($0), NULL), "r")'],
    cpp: ['std::ifstream("^1" / std::filesystem::path($0).filename())'],
    csharp: ['File.ReadAllText(Path.Combine("^1", Path.GetFileName($0)))'],
    go: ['os.ReadFile(filepath.Join("^1", filepath.Base($0))) !'],
    java: ['Files.readString(Path.of("^1").resolve(Path.of($0).getFileName()))'],
    javascript: ['readFileSync(path.join("^1", path.basename($0)), "utf8")'],
    kotlin: ['File("^1", File($0).name).readText()'],
    php: ['file_get_contents("^1" . basename($0))'],
    python: [
      'open(os.path.join("^1", os.path.basename($0))).read()',
      'Path("^1", Path($0).name).read_text()',
    ],
    ruby: ['File.read(File.join("^1", File.basename($0)))'],
    rust: ['fs::read_to_string(Path::new("^1").join(Path::new(&$0).file_name().unwrap()))?'],
    swift: ['try String(contentsOfFile: "^1" + URL(fileURLWithPath: $0).lastPathComponent)'],
  },
  clean: {
    c: ["g_path_get_basename($0)"],
    cpp: ["std::filesystem::path($0).filename().string()"],
    csharp: ["Path.GetFileName($0)"],
    go: ["filepath.Base($0)"],
    java: ["FilenameUtils.getName($0)"],
    javascript: ["path.basename($0)"],
    kotlin: ["File($0).name"],
    php: ["basename($0)"],
    python: ["os.path.basename($0)"],
    ruby: ["File.basename($0)"],
    swift: ["URL(fileURLWithPath: $0).lastPathComponent"],
  },
  hasChoices: true,
  isPlainHarmless: true,
};
