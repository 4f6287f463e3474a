import { readFileSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, authority, proxy } from "../../extensions/http/test/loopback.ts";
import { startAnthropicServer } from "../wire/anthropic-server.ts";
import { place, say } from "./claw.ts";
import { type Cloud, clouds } from "./clouds.ts";

let ca: Authority;
beforeAll(() => void (ca = authority()));
afterAll(() => ca[Symbol.dispose]());

/** TLS in front of a server that speaks none; answers its port. */
async function secured(url: string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(ca, (socket) => {
    const upstream = connect(Number(new URL(url).port), "127.0.0.1");
    socket.pipe(upstream).pipe(socket);
    socket.on("error", () => upstream.destroy());
    upstream.on("error", () => socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const anthropic: Cloud = {
  name: "anthropic",
  extension: "anthropic",
  model: "anthropic/claude-opus-5-5",
  start: startAnthropicServer,
  env: (url) => ({ ANTHROPIC_API_KEY: "sk-ant-e2e-0123456789abcdef", ANTHROPIC_BASE_URL: url }),
  path: /^\/v1\/messages$/,
  key: "sk-ant-e2e-0123456789abcdef",
};

describe.each([anthropic, ...clouds].map((cloud) => [cloud.name, cloud] as const))("%s", (_name, { extension, model, start, env, settings }) => {
  test("is reached through a proxy with credentials and by an authority of one's own, and not at all offline", async () => {
    await using server = await start(() => say("through"));
    await using front = await secured(server.url);
    await using gate = await proxy("me:s3cret p@ss");
    const url = `https://model.test:${front.port}`;
    await using here = await place({
      env: { ...env(url), HTTPS_PROXY: `http://me:s3cret%20p%40ss@127.0.0.1:${gate.port}`, NODE_EXTRA_CA_CERTS: ca.file },
    });
    if (extension !== "anthropic") expect(await here.run(["ext", "add", extension, "--yes"])).toMatchObject({ code: 0 });
    const more = ["--settings", JSON.stringify({ models: { retries: 0 }, ...settings?.(url) })];
    const ran = await here.run(["-p", "hi", "--model", model, ...more]);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, "through\n", ""]);
    expect([gate.asked, server.requests.length]).toEqual([[`CONNECT model.test:${front.port}`], 1]);
    expect(here.logs().filter((path) => /s3cret/.test(readFileSync(path, "utf8")))).toEqual([]);

    const offline = await here.run(["-p", "hi", "--model", model, "--offline", ...more]);
    expect([offline.code, offline.stderr]).toEqual([
      7,
      expect.stringContaining(`claw is offline, so model.test:${front.port} was not contacted (claw/${extension}`),
    ]);
    const bypassed = await here.run(["-p", "hi", "--model", model, ...more], { env: { NO_PROXY: "model.test" } });
    expect([bypassed.code, bypassed.stderr]).toEqual([7, expect.stringContaining(`the name model.test:${front.port}`)]);
    expect([gate.asked.length, server.requests.length]).toEqual([1, 1]);
  });
});
