/** @file CWE-22: a path from outside used as it comes against one that must stay below its folder. */
import { chance, type Draw, fragment, nameAmong, number } from "../draw.ts";
import {
  binary,
  declare,
  type Expr,
  lib,
  not,
  raise,
  str,
  type Type,
  variable,
  when,
} from "../program.ts";
import { type Api, fileEnding, type Sink, type Site, use, type Weakness } from "./scenario.ts";

const pathType: Type = {
  library: { java: "Path", csharp: "string", python: "", javascript: "" },
};

/** `$0` the folder, `$1` the name below it. */
const resolve: Api = {
  java: [
    "Paths.get($0, $1).toAbsolutePath().normalize()",
    "Path.of($0, $1).toAbsolutePath().normalize()",
  ],
  csharp: ["Path.GetFullPath(Path.Combine($0, $1))"],
  python: ["os.path.realpath(os.path.join($0, $1))"],
  javascript: ["path.resolve($0, $1)", "path.resolve(path.join($0, $1))"],
};

/** `$0` the path, `$1` the folder. */
const isBelow: Api = {
  java: [
    "$0.startsWith(Paths.get($1).toAbsolutePath().normalize())",
    "$0.startsWith(Path.of($1).toAbsolutePath().normalize())",
  ],
  csharp: ["$0.StartsWith(Path.GetFullPath($1) + Path.DirectorySeparatorChar)"],
  python: ["$0.startswith(os.path.realpath($1) + os.sep)"],
  javascript: ["$0.startsWith(path.resolve($1) + path.sep)"],
};

const exists: Api = {
  java: ["Files.exists($0)", "Files.isRegularFile($0)"],
  csharp: ["File.Exists($0)"],
  python: ["os.path.exists($0)", "os.path.isfile($0)"],
  javascript: ["fs.existsSync($0)"],
};

const read: Api = {
  java: ["Files.readString($0)", "new String(Files.readAllBytes($0), StandardCharsets.UTF_8)"],
  csharp: ["File.ReadAllText($0)"],
  python: ['open($0, encoding="utf-8").read()', "pathlib.Path($0).read_text()"],
  javascript: ['fs.readFileSync($0, "utf8")'],
};

function sink(draw: Draw): Sink {
  const folder = nameAmong(draw, ["folder", "root", "directory", "home", "storage"]);
  const local = nameAmong(draw, ["target", "location", "place", "chosen", "resolved"]);
  const [way, test, reading] = [number(draw, 0, 1), number(draw, 0, 1), number(draw, 0, 1)];
  const message = `${fragment(draw)} ${fragment(draw)}`;
  const found = variable(local);
  const site = (value: Expr, check: Expr): Site => ({
    before: [
      declare(local, pathType, use(resolve, way, [variable(folder), value])),
      when(not(check), raise(message)),
    ],
    outcome: use(read, reading, [found]),
  });
  const below = use(isBelow, way, [found, variable(folder)]);
  const ending = str(fileEnding(draw));
  // both forms hold a test, mostly of like length, so that a test alone says nothing
  const isLong = chance(draw, 0.8);
  const other = (value: Expr): Expr => {
    const isThere = use(exists, test, [found]);
    return isLong ? binary("and", isThere, lib("str.endsWith", value, ending)) : isThere;
  };
  return {
    needs: [{ name: folder, type: "str" }],
    returns: "str",
    raises: "io",
    vulnerable: (value) => site(value, other(value)),
    remedied: (value) => site(value, below),
  };
}

/** Path traversal. */
export const path: Weakness = {
  cwe: "CWE-22",
  verbs: ["read", "load", "open", "show", "fetch", "import"],
  inputs: ["name", "title", "document", "page", "template", "report", "theme"],
  sink,
};
