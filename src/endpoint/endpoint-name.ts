/** @file Names of models behind a server: `openai:MODEL@URL`. */
import { ConfigError } from "../base/index.ts";

/** What names of this kind begin with. */
export const endpointPrefix = "openai:";

/** A model of a server that speaks OpenAI's protocol. */
export interface EndpointName {
  /** As the server calls it. */
  readonly model: string;
  /** Without a slash at the end; most servers end it in `/v1`. */
  readonly url: string;
}

/** Read `openai:MODEL@URL`. @throws ConfigError `endpoint.name` */
export function parseEndpointName(text: string): EndpointName {
  const at = text.search(/@https?:\/\/[^@]*$/);
  const model = text.slice(endpointPrefix.length, Math.max(at, 0));
  const url = text.slice(at + 1).replace(/\/+$/, "");
  const isName = text.startsWith(endpointPrefix) && at > 0 && model !== "" && URL.canParse(url);
  if (isName && new URL(url).username === "") return { model, url };
  throw new ConfigError("endpoint.name", "not the name of a model behind a server", {
    expected: "openai:MODEL@URL, as openai:llama3@http://localhost:8000/v1",
    // what looks like a password is not repeated
    got: JSON.stringify(text.replace(/\/\/[^/@]*@/g, "//…@")),
  });
}
