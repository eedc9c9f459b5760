/** @file CWE-79: text from outside put into a page as it comes against text escaped for it. */
import { chance, type Draw, fragment, number } from "../draw.ts";
import { type Expr, lib, type Type } from "../program.ts";
import { type Api, type Sink, type Site, use, type Weakness } from "./scenario.ts";
import { planText, textAround } from "./text.ts";

const pageType: Type = {
  library: { java: "ResponseEntity<String>", csharp: "IResult", python: "", javascript: "" },
};

const answer: Api = {
  java: ["ResponseEntity.ok().contentType(MediaType.TEXT_HTML).body($0)"],
  csharp: ['Results.Content($0, "text/html")'],
  python: ['Response($0, mimetype="text/html")', "HttpResponse($0)"],
  javascript: ['new Response($0, { headers: { "Content-Type": "text/html" } })'],
};

const escaped: Api = {
  java: ["HtmlUtils.htmlEscape($0)", "StringEscapeUtils.escapeHtml4($0)"],
  csharp: ["WebUtility.HtmlEncode($0)", "HtmlEncoder.Default.Encode($0)"],
  python: ["html.escape($0)", "escape($0)"],
  javascript: ["escapeHtml($0)", "he.encode($0)"],
};

const elements = "p h1 h2 h3 li div span b em mark td th pre section article main".split(" ");

function sink(draw: Draw): Sink {
  const element = draw.random.pick(elements);
  const plan = planText(draw, ["page", "markup", "content", "view", "answer"]);
  const [way, escaping] = [number(draw, 0, 1), number(draw, 0, 1)];
  const isPlain = number(draw, 0, 1) === 0;
  const start = `<${element}>${isPlain ? "" : `${fragment(draw)}: `}`;
  // a call around the value is no sign by itself
  const step = draw.random.pick(["str.trim", "str.upper", "str.lower"] as const);
  const isStepped = chance(draw, 0.7);
  const site = (value: Expr): Site => {
    const { before, outcome } = textAround(plan, start, value, `</${element}>`);
    return { before, outcome: use(answer, way, [outcome]) };
  };
  return {
    needs: [],
    returns: pageType,
    vulnerable: (value) => site(isStepped ? lib(step, value) : value),
    remedied: (value) => site(use(escaped, escaping, [value])),
  };
}

/** Reflected cross-site scripting. */
export const page: Weakness = {
  cwe: "CWE-79",
  verbs: ["show", "greet", "render", "display", "present", "preview"],
  inputs: ["name", "title", "comment", "message", "term", "query", "city"],
  sink,
};
