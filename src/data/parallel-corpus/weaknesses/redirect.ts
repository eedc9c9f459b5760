/** @file CWE-601: a browser sent wherever the request says, against a fixed page told about it. */
import { type Draw, fragment } from "../../sample/draw.ts";
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

const page = (draw: Draw): string => `/${fragment(draw)}/`;

/** Open redirect. */
export const redirect: Weakness = {
  cwe: "CWE-601",
  verbs: ["forward", "leave", "finish", "return", "continue", "proceed"].map((verb) => `${verb}To`),
  keys: ["next", "target", "site", "portal", "partner", "landing"],
  otherKeys: ["label", "topic", "campaign", "stage", "banner"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [
    {
      name: "response",
      type: {
        library: {
          c: "struct MHD_Response *",
          cpp: "httplib::Response &",
          csharp: "HttpResponse",
          go: "http.ResponseWriter",
          java: "HttpServletResponse",
          typescript: "Response",
          kotlin: "HttpServletResponse",
          php: "Response",
          rust: "&mut HttpResponseBuilder",
          swift: "Response",
        },
      },
    },
  ],
  returns: { library: { php: "Response" } },
  payload: (draw) => ({ before: "https://", after: `/${fragment(draw)}` }),
  base: page,
  danger: {
    c: ['MHD_add_response_header(@0, "Location", $0)'],
    cpp: ["@0.set_redirect($0)"],
    csharp: ["@0.Redirect($0)"],
    go: ['@0.Header().Set("Location", $0)'],
    java: ["@0.sendRedirect($0)"],
    javascript: ["@0.redirect($0)"],
    kotlin: ["@0.sendRedirect($0)"],
    php: ['@0->withHeader("Location", $0)'],
    python: ["@0.redirect($0)"],
    ruby: ["@0.redirect($0)"],
    rust: ['@0.insert_header(("Location", $0))'],
    swift: ["@0.headers.replaceOrAdd(name: .location, value: $0)"],
  },
  safe: {
    c: [
      'MHD_add_response_header(@0, "Location", g_strconcat("^1", g_uri_escape_string($0, NULL, FALSE), NULL))',
    ],
    cpp: ['@0.set_redirect("^1" + cpr::util::urlEncode($0))'],
    csharp: ['@0.Redirect("^1" + Uri.EscapeDataString($0))'],
    go: ['@0.Header().Set("Location", "^1"+url.PathEscape($0))'],
    java: ['@0.sendRedirect("^1" + URLEncoder.encode($0, UTF_8))'],
    javascript: ['@0.redirect("^1" + encodeURIComponent($0))'],
    kotlin: ['@0.sendRedirect("^1" + URLEncoder.encode($0, UTF_8))'],
    php: ['@0->withHeader("Location", "^1" . rawurlencode($0))'],
    python: ['@0.redirect("^1" + quote($0))'],
    ruby: ['@0.redirect("^1" + CGI.escape($0))'],
    rust: ['@0.insert_header(("Location", format!("^1{}", urlencoding::encode(&$0))))'],
    swift: ['@0.headers.replaceOrAdd(name: .location, value: "^1" + encoded($0))'],
  },
  hasChoices: true,
  isPlainHarmless: false,
};
