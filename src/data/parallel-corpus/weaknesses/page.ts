/** @file CWE-79: text put into a page as it came, against escaped text. */
import { type Draw, fragment } from "../../sample/draw.ts";
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

const tags = "p h1 h2 div span li td em strong title".split(" ");

const heading = (draw: Draw): string => `<${draw.random.pick(tags)}>${fragment(draw)} `;

/** Cross-site scripting. */
export const page: Weakness = {
  cwe: "CWE-79",
  verbs: ["render", "show", "greet", "display", "write", "present"],
  keys: ["nickname", "comment", "caption", "subject", "message", "query"],
  otherKeys: ["layout", "style", "section", "column", "locale"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [
    {
      name: "writer",
      type: {
        library: {
          c: "FILE *",
          cpp: "httplib::Response &",
          csharp: "HttpResponse",
          go: "http.ResponseWriter",
          java: "HttpServletResponse",
          typescript: "Response",
          kotlin: "HttpServletResponse",
          php: "StreamInterface",
          rust: "&mut HttpResponseBuilder",
          swift: "Response",
        },
      },
    },
  ],
  returns: { library: { rust: "HttpResponse" } },
  payload: (draw) => {
    const tag = draw.random.pick(tags);
    return { before: `<${tag}>${fragment(draw)} `, after: `</${tag}>` };
  },
  base: heading,
  danger: {
    c: ["fputs($0, @0)"],
    cpp: ['@0.set_content($0, "text/html")'],
    csharp: ["@0.WriteAsync($0).Wait()"],
    go: ["fmt.Fprint(@0, $0)"],
    java: ["@0.getWriter().println($0)"],
    javascript: ["@0.send($0)"],
    kotlin: ["@0.writer.println($0)"],
    php: ["@0->write($0)"],
    python: ["@0.write($0)"],
    ruby: ["@0.write($0)"],
    rust: ['@0.content_type("text/html").body($0)'],
    swift: ["@0.body = .init(string: $0)"],
  },
  safe: {
    c: ["fputs(g_markup_escape_text($0, -1), @0)"],
    cpp: ['@0.set_content($0, "text/plain")'],
    csharp: ["@0.WriteAsync(WebUtility.HtmlEncode($0)).Wait()"],
    go: ["fmt.Fprint(@0, html.EscapeString($0))"],
    java: ["@0.getWriter().println(HtmlUtils.htmlEscape($0))"],
    javascript: ["@0.send(escapeHtml($0))"],
    kotlin: ["@0.writer.println(HtmlUtils.htmlEscape($0))"],
    php: ["@0->write(htmlspecialchars($0))"],
    python: ["@0.write(html.escape($0))"],
    ruby: ["@0.write(ERB::Util.html_escape($0))"],
    rust: ['@0.content_type("text/html").body(encode_text(&$0).to_string())'],
    swift: ["@0.body = .init(string: $0.htmlEscape())"],
  },
  clean: {
    c: ["g_markup_escape_text($0, -1)"],
    csharp: ["WebUtility.HtmlEncode($0)"],
    go: ["html.EscapeString($0)"],
    java: ["HtmlUtils.htmlEscape($0)"],
    javascript: ["escapeHtml($0)"],
    kotlin: ["HtmlUtils.htmlEscape($0)"],
    php: ["htmlspecialchars($0)"],
    python: ["html.escape($0)"],
    ruby: ["ERB::Util.html_escape($0)"],
    rust: ["encode_text(&$0).to_string()"],
    swift: ["$0.htmlEscape()"],
  },
  hasChoices: true,
  isPlainHarmless: true,
};
