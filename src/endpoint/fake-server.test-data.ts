/** @file A model server on the loopback interface, for tests: real HTTP, and servers' bad manners. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with one request. */
export type Manner =
  | "well"
  | "busy"
  | "busyUntil"
  | "broken"
  | "drop"
  | "dropInAnswer"
  | "slow"
  | "wrongJson"
  | "otherJson"
  | "endless"
  | "redirect"
  | "denied"
  | "unknown";

export interface FakeServer {
  readonly url: string;
  /** Of each request that came in, in order. */
  readonly seen: { readonly body: string; readonly authorization: string }[];
  /** Bodies that were answered whole. */
  readonly answered: string[];
  /** Most requests that were open at once. */
  mostOpen: number;
  close(): Promise<void>;
}

export interface FakeOptions {
  /** By the number of the request; default: well. */
  readonly manner?: (index: number) => Manner;
  /** Whether log-probabilities are given, ignored or refused. */
  readonly logProbabilities?: "given" | "ignored" | "refused";
  /** Longer prompts are refused, characters. */
  readonly maxPrompt?: number;
  /** Sampled text, by the request's seed. */
  readonly sample?: (seed: number) => string;
  readonly delayMs?: number;
}

interface Request {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly logprobs?: boolean;
  readonly seed?: number;
}

/** The model: code with `strcpy` is vulnerable with probability 0.9, other code 0.2. */
const probabilityOf = ({ messages }: Request) =>
  messages.at(-1)!.content.includes("strcpy") ? 0.9 : 0.2;

export async function startFakeServer(options: FakeOptions = {}): Promise<FakeServer> {
  const seen: FakeServer["seen"] = [];
  const answered: string[] = [];
  let open = 0;
  const fake: FakeServer = { url: "", seen, answered, mostOpen: 0, close: async () => {} };
  const server = createServer(async (incoming, response) => {
    fake.mostOpen = Math.max(fake.mostOpen, ++open);
    const body = await bodyOf(incoming);
    const manner = options.manner?.(seen.length) ?? "well";
    seen.push({ body, authorization: incoming.headers.authorization ?? "" });
    if (options.delayMs) await new Promise((done) => setTimeout(done, options.delayMs));
    open--;
    if (manner === "well") answered.push(body);
    manners[manner](response, () => answer(response, JSON.parse(body), options));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const close = () =>
    new Promise<void>((done) => {
      server.closeAllConnections();
      server.close(() => done());
    });
  return Object.assign(fake, { url, close });
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

const manners: Readonly<Record<Manner, (response: ServerResponse, well: () => void) => void>> = {
  well: (_, well) => well(),
  busy: (response) => send(response, 429, { error: { message: "slow down" } }),
  busyUntil: (response) => {
    response.setHeader("retry-after", "1");
    send(response, 503, { error: { message: "loading model" } });
  },
  broken: (response) => send(response, 500, { error: { message: "internal" } }),
  drop: (response) => void response.destroy(),
  dropInAnswer: (response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write('{"choices":', () => response.destroy());
  },
  slow: (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(" "), 20);
    response.on("close", () => clearInterval(timer));
  },
  wrongJson: (response) => {
    response.writeHead(200);
    response.end("<html>gateway</html>");
  },
  otherJson: (response) => send(response, 200, { choices: [] }),
  endless: (response) => {
    response.writeHead(200);
    const block = Buffer.alloc(1 << 20, " ");
    const pour = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on("drain", pour);
    pour();
  },
  redirect: (response) => {
    response.writeHead(307, { location: "http://127.0.0.1:9/elsewhere" });
    response.end();
  },
  denied: (response) => send(response, 401, { error: { message: "bad key" } }),
  unknown: (response) => send(response, 404, { error: { message: "no such model" } }),
};

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function answer(response: ServerResponse, request: Request, options: FakeOptions): void {
  const { logProbabilities = "given", maxPrompt, sample } = options;
  const length = request.messages.reduce((sum, { content }) => sum + content.length, 0);
  if (maxPrompt !== undefined && length > maxPrompt) {
    const message = `This model's maximum context length is ${maxPrompt} tokens`;
    send(response, 400, { error: { message } });
  } else if (request.logprobs && logProbabilities === "refused") {
    send(response, 400, { error: { message: "unsupported parameter: logprobs" } });
  } else {
    const p = probabilityOf(request);
    const text = request.logprobs
      ? p > 0.5
        ? "Yes"
        : "No"
      : (sample?.(request.seed ?? 0) ?? "no");
    const isGiven = request.logprobs && logProbabilities === "given";
    const choice = {
      message: { role: "assistant", content: text },
      ...(isGiven ? { logprobs: { content: logProbabilitiesOf(p) } } : {}),
    };
    send(response, 200, { choices: [choice], usage: { total_tokens: 100 } });
  }
}

/** White space first, then the word in two spellings each; a twentieth of the mass on other words. */
function logProbabilitiesOf(p: number) {
  const entry = (token: string, probability: number) => {
    return { token, logprob: Math.log(probability) };
  };
  const top = [
    entry("Yes", 0.95 * p * 0.75),
    entry(" yes", 0.95 * p * 0.25),
    entry("No", 0.95 * (1 - p)),
    entry("Maybe", 0.05),
  ];
  return [
    { ...entry("\n", 0.99), top_logprobs: [entry("\n", 0.99), entry("Well", 0.01)] },
    { ...entry(p > 0.5 ? "Yes" : "No", 0.9), top_logprobs: top },
  ];
}
