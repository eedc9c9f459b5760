import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { proxiedFetch } from "./index.ts";

const asked: string[] = [];
let site: Server;
let proxy: Server;
const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** A server, and a proxy that takes every host to it. */
beforeAll(async () => {
  site = createServer((request, response) => response.end(`${request.headers.host}${request.url}`));
  proxy = createServer((_, response) => response.writeHead(501).end());
  proxy.on("connect", (request, socket) => {
    asked.push(`${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
    if (request.url?.startsWith("refused.test"))
      return socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    const onward = connect(portOf(site), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) end.on("error", () => end.destroy());
  });
  for (const server of [site, proxy]) {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  }
});
afterAll(() => {
  for (const server of [site, proxy]) {
    server.closeAllConnections();
    server.close();
  }
});

const through = (environment: NodeJS.ProcessEnv) => async (url: string) =>
  (await proxiedFetch(url, {}, environment)).text();

test("proxiedFetch: hosts that only the proxy knows are reached, its credentials go to it alone", async () => {
  const address = `http://me:secret@127.0.0.1:${portOf(proxy)}`;
  expect(await through({ HTTP_PROXY: address })("http://hub.test/a?b")).toBe("hub.test/a?b");
  expect(asked).toEqual([`hub.test:80 Basic ${Buffer.from("me:secret").toString("base64")}`]);
});

test("proxiedFetch: this machine, hosts of NO_PROXY, and no proxy at all go straight", async () => {
  asked.length = 0;
  const url = `http://127.0.0.1:${portOf(site)}/x`;
  const http_proxy = `http://127.0.0.1:${portOf(proxy)}`;
  expect(await through({ http_proxy })(url)).toContain("/x");
  expect(await through({})(url)).toContain("/x");
  for (const NO_PROXY of [
    "*",
    "a.test, hub.test",
    ".test",
    "*.test",
    "hub.test:80,hub.test:8080",
  ]) {
    await expect(through({ http_proxy, NO_PROXY })("http://hub.test:8080/")).rejects.toThrow();
  }
  expect(asked).toEqual([]);
  const NO_PROXY = "other.test,hub.test:81,b.test";
  expect(await through({ http_proxy, NO_PROXY })("http://hub.test/y")).toBe("hub.test/y");
});

test("proxiedFetch: a proxy that refuses, or is not there, is an error and no detour", async () => {
  const refusing = { HTTP_PROXY: `http://127.0.0.1:${portOf(proxy)}` };
  await expect(through(refusing)("http://refused.test/")).rejects.toThrow();
  const gone = { HTTP_PROXY: "http://127.0.0.1:9" };
  await expect(through(gone)("http://hub.test/")).rejects.toThrow();
});
