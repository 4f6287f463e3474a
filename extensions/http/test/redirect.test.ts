import { expect, test } from "vitest";
import { client, serve } from "./loopback.ts";

const secrets = {
  authorization: "Bearer t",
  "x-api-key": "k",
  cookie: "c=1",
  "api-key": "a",
  "x-goog-api-key": "g",
  "x-amz-security-token": "s",
  "x-request": "kept",
};

test("a redirect within an origin keeps every header, one to another origin keeps none that is secret", async () => {
  await using other = await serve((request, response) => void response.end(JSON.stringify(request.headers)));
  await using server = await serve((request, response) => {
    if (request.url === "/here") response.writeHead(307, { location: "/end" }).end();
    else if (request.url === "/there") response.writeHead(307, { location: `${other.url}/end` }).end();
    else response.end(JSON.stringify(request.headers));
  });
  using http = client();
  const near = await http.fetch(`${server.url}/here`, { method: "POST", body: "x", headers: secrets });
  expect([near.redirected, near.url, await near.json()]).toEqual([true, `${server.url}/end`, expect.objectContaining(secrets)]);
  const far = (await (await http.fetch(`${server.url}/there`, { method: "POST", body: "x", headers: secrets })).json()) as Record<string, string>;
  expect(Object.keys(far).filter((name) => name in secrets)).toEqual(["x-request"]);
});

test("a post becomes a get where the web says so, and stays one where it does not", async () => {
  await using server = await serve((request, response) => {
    const status = Number(request.url?.slice(1));
    if (status > 0) response.writeHead(status, { location: "/" }).end();
    else
      request.toArray().then(
        (pieces: readonly Uint8Array[]) => response.end(`${request.method} ${request.headers["content-type"] ?? "-"} ${Buffer.concat(pieces).toString()}`),
        () => undefined,
      );
  });
  using http = client();
  const ask = async (status: number, method = "POST"): Promise<string> =>
    (await http.fetch(`${server.url}/${status}`, { method, ...(method === "POST" ? { body: "x" } : {}) })).text();
  expect(await Promise.all([301, 302, 303, 307, 308].map((status) => ask(status)))).toEqual([
    "GET - ",
    "GET - ",
    "GET - ",
    "POST text/plain;charset=UTF-8 x",
    "POST text/plain;charset=UTF-8 x",
  ]);
  expect(await ask(303, "DELETE")).toBe("GET - ");
});

test("a sixth redirect is not followed", async () => {
  let asked = 0;
  await using server = await serve((_request, response) => {
    asked += 1;
    response.writeHead(302, { location: "/again" }).end();
  });
  using http = client();
  await expect(http.fetch(server.url)).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    retryable: false,
    message: `127.0.0.1:${server.port} redirects more than 5 times, which is not followed`,
  });
  expect(asked).toBe(6);
});

test("a redirect is handed out or refused when that is asked for, and never leaves HTTP", async () => {
  await using server = await serve(
    (request, response) => void response.writeHead(302, { location: request.url === "/file" ? "file:///etc/passwd" : "/x" }).end(),
  );
  using http = client();
  const manual = await http.fetch(server.url, { redirect: "manual" });
  expect([manual.status, manual.headers.get("location")]).toEqual([302, "/x"]);
  await expect(http.fetch(server.url, { redirect: "error" })).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: false });
  await expect(http.fetch(`${server.url}/file`)).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: false });
});

test("a body that was a stream is not sent a second time", async () => {
  await using server = await serve((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(307, { location: "/x" }).end());
  });
  using http = client();
  await expect(http.fetch(server.url, { method: "POST", body: new Blob(["x"]).stream(), duplex: "half" })).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    message: expect.stringContaining("cannot be sent again"),
  });
});

test("offline holds at every hop", async () => {
  await using server = await serve((_request, response) => void response.writeHead(302, { location: "http://example.com/x" }).end());
  using http = client({ offline: true });
  await expect(http.fetch(server.url)).rejects.toMatchObject({ code: "NETWORK_OFFLINE", data: { host: "example.com" } });
});
