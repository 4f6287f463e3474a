import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSubject, subjects } from "./subjects.ts";

const gatewayKey = "gateway-SECRET-0123456789";

/** A gateway that refuses with all it was told, as some do. */
const gateway = createServer((request, response) => {
  request.resume();
  response.writeHead(400, { "content-type": "application/json" });
  const message = `refused: ${JSON.stringify(request.headers)}`;
  response.end(JSON.stringify({ type: "error", error: { type: "invalid_request_error", code: 400, status: "INVALID_ARGUMENT", message }, message }));
});
beforeAll(() => new Promise<void>((resolve) => void gateway.listen(0, "127.0.0.1", resolve)));
afterAll(() => gateway.closeAllConnections());

test.each(subjects.map((subject) => [subject.name, subject] as const))("%s repeats no configured header that a gateway echoes", async (_name, subject) => {
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  const headers = { "x-gateway-auth": gatewayKey };
  await using judged = await startSubject(
    {
      ...subject,
      async config(at, folder) {
        const config = await subject.config(at, folder);
        const endpoints = config["endpoints"] as Readonly<Record<string, object>> | undefined;
        if (endpoints === undefined) return { ...config, headers };
        return { ...config, endpoints: Object.fromEntries(Object.entries(endpoints).map(([name, endpoint]) => [name, { ...endpoint, headers }])) };
      },
    },
    url,
  );
  const request = { model: subject.model, system: [], tools: [], messages: [{ role: "user" as const, content: [{ type: "text" as const, text: "hi" }] }] };
  const error: unknown = await Array.fromAsync(judged.provider.stream(request, AbortSignal.timeout(10_000))).catch((thrown: unknown) => thrown);
  const all = JSON.stringify([(error as Error).message, error]);
  const key = Object.values(subject.keys).find((value) => all.includes(value));
  expect([all.includes("x-gateway-auth"), all.includes(gatewayKey), key]).toEqual([true, false, undefined]);
});
