/** @file The key of a model server, as OpenAI's own clients read it. */
import { ConfigError } from "./errors.ts";

/**
 * `OPENAI_API_KEY`; undefined when unset, as servers of one's own need none.
 * @throws ConfigError `env.value` for one that no header holds; the key itself is never shown
 */
export function endpointKey(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const key = environment.OPENAI_API_KEY?.trim();
  if (!key || /^[\x21-\x7e]+$/.test(key)) return key || undefined;
  throw new ConfigError("env.value", "bad value for OPENAI_API_KEY", {
    expected: "a key as the server gives it: printable characters without spaces",
    got: `${key.length} characters, others among them`,
  });
}
