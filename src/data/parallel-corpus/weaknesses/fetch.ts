/** @file CWE-918: a server asked by a name from outside, against a fixed server asked about that name. */
import { type Draw, fragment } from "../../sample/draw.ts";
import { fromRequest, trusted } from "../origins.ts";
import type { Weakness } from "../weakness.ts";

const address = (draw: Draw): string => `https://${fragment(draw)}.example.org/${fragment(draw)}/`;

/** Server-side request forgery. */
export const fetch: Weakness = {
  cwe: "CWE-918",
  verbs: ["fetch", "load", "pull", "poll", "preview", "mirror"],
  keys: ["host", "server", "feed", "endpoint", "origin", "mirror"],
  otherKeys: ["label", "topic", "unit", "edition", "channel"],
  value: "text",
  bad: fromRequest,
  good: trusted,
  needs: [
    {
      name: "client",
      type: {
        library: {
          c: "CURL *",
          cpp: "cpr::Session &",
          csharp: "HttpClient",
          go: "*http.Client",
          java: "RestTemplate",
          typescript: "AxiosInstance",
          kotlin: "RestTemplate",
          php: "Client",
          rust: "&Client",
          swift: "Client",
        },
      },
    },
  ],
  returns: {
    library: {
      csharp: "string",
      go: "*http.Response",
      java: "String",
      typescript: "Promise<AxiosResponse>",
      kotlin: "String",
      php: "ResponseInterface",
      rust: "Response",
      swift: "EventLoopFuture<ClientResponse>",
    },
  },
  payload: (draw) => ({ before: "https://", after: `/${fragment(draw)}` }),
  base: address,
  danger: {
    c: ["curl_easy_setopt(@0, CURLOPT_URL, $0)"],
    cpp: ["@0.SetUrl(cpr::Url{$0})"],
    csharp: ["@0.GetStringAsync($0).Result"],
    go: ["@0.Get($0) !"],
    java: ["@0.getForObject($0, String.class)"],
    javascript: ["@0.get($0)"],
    kotlin: ["@0.getForObject<String>($0)"],
    php: ["@0->get($0)"],
    python: ["@0.get($0)"],
    ruby: ["@0.get($0)"],
    rust: ["@0.get(&$0).send()?"],
    swift: ["@0.get(URI(string: $0))"],
  },
  safe: {
    c: [
      'curl_easy_setopt(@0, CURLOPT_URL, g_strconcat("^1", g_uri_escape_string($0, NULL, FALSE), NULL))',
    ],
    cpp: ['@0.SetUrl(cpr::Url{"^1" + cpr::util::urlEncode($0)})'],
    csharp: ['@0.GetStringAsync("^1" + Uri.EscapeDataString($0)).Result'],
    go: ['@0.Get("^1" + url.PathEscape($0)) !'],
    java: ['@0.getForObject("^1{part}", String.class, $0)'],
    javascript: ['@0.get("^1", { params: { q: $0 } })'],
    kotlin: ['@0.getForObject<String>("^1{part}", $0)'],
    php: ['@0->get("^1", ["query" => ["q" => $0]])'],
    python: ['@0.get("^1", params={"q": $0})'],
    ruby: ['@0.get("^1", q: $0)'],
    rust: ['@0.get("^1").query(&[("q", &$0)]).send()?'],
    swift: ['@0.get(URI(string: "^1" + encoded($0)))'],
  },
  hasChoices: true,
  isPlainHarmless: false,
};
