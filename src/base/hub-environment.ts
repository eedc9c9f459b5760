/**
 * @file The environment of Hugging Face's Python library, read as it reads it, so that both share one
 * cache: huggingface_hub `constants.py`, `utils/_auth.py`.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "./errors.ts";

/** Where models come from and where they are kept. */
export interface HubEnvironment {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly cacheFolder: string;
  readonly token?: string;
  /** File that holds a token when `token` is not given. */
  readonly tokenFile: string;
  /** Only what is in the cache may be used. */
  readonly isOffline: boolean;
  /** Longest wait for an answer, or for its next bytes, ms. */
  readonly timeoutMs: number;
}

const isTrue = (text: string | undefined) => /^(1|on|yes|true)$/i.test(text ?? "");
const expanded = (path: string) => path.replace(/^~(?=$|[/\\])/, homedir());

/**
 * `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_OFFLINE`,
 * `HF_HUB_DOWNLOAD_TIMEOUT` (seconds), and their defaults.
 * @throws ConfigError `env.value` for an endpoint that is no web address, or a token that no header holds
 */
export function hubEnvironment(environment: NodeJS.ProcessEnv = process.env): HubEnvironment {
  const { HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH } = environment;
  const base = environment.XDG_CACHE_HOME || join(homedir(), ".cache");
  const home = expanded(HF_HOME || join(base, "huggingface"));
  const token = (HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN)?.trim();
  const seconds = Number(environment.HF_HUB_DOWNLOAD_TIMEOUT);
  const cache = HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE || join(home, "hub");
  return {
    endpoint: checkEndpoint(HF_ENDPOINT || "https://huggingface.co"),
    cacheFolder: expanded(cache),
    ...(token ? { token: checkToken(token) } : {}),
    tokenFile: expanded(HF_TOKEN_PATH || join(home, "token")),
    isOffline: isTrue(environment.HF_HUB_OFFLINE) || isTrue(environment.TRANSFORMERS_OFFLINE),
    timeoutMs: seconds > 0 ? seconds * 1000 : 10_000,
  };
}

function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new ConfigError("env.value", "bad value for HF_TOKEN", {
    expected: "a token as the hub gives it: printable characters without spaces",
    got: `${token.length} characters, others among them`,
  });
}

function checkEndpoint(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) {
    return text.replace(/\/+$/, "");
  }
  throw new ConfigError("env.value", "bad value for HF_ENDPOINT", {
    expected: "an address that starts with https:// or http://",
    got: text,
  });
}
