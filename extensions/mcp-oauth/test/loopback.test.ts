import { connect } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { listenForCallback } from "../src/loopback.ts";
import { never } from "./setting.ts";

const options = {
  server: "notes",
  port: 0,
  timeoutMs: 5_000,
  state: "s".repeat(43),
  isIssuer: (issuer: string | undefined) => issuer !== "https://mixed.example",
};

async function raw(port: number, line: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const pieces: Buffer[] = [];
  socket.on("data", (piece: Buffer) => void pieces.push(piece));
  await once(socket, "close");
  return Buffer.concat(pieces).toString().split("\r\n")[0] ?? "";
}

test.each(["GET //", "GET http://[/", "GET //:99999/oauth/callback", "POST /oauth/callback", "GET /oauth/callback%00", "OPTIONS *"])(
  "a stray request ends neither the login nor the program: %s",
  async (line) => {
    await using listener = await listenForCallback(options);
    const arrived = listener.arrived(never());
    expect(await raw(Number(new URL(listener.redirectUrl).port), line)).toMatch(/ 40[04] /);
    await fetch(`${listener.redirectUrl}?code=c&state=${options.state}`);
    expect(await arrived).toEqual({ code: "c" });
  },
);

test.each([{ code: "c" }, { error: "access_denied", error_description: "buy our tokens" }])(
  "an answer of another authorization server is neither taken nor shown: %o",
  async (said) => {
    await using listener = await listenForCallback(options);
    const arrived = listener.arrived(never()).catch((error: unknown) => error);
    await fetch(
      `${listener.redirectUrl}?${new URLSearchParams({ ...(said as Record<string, string>), state: options.state, iss: "https://mixed.example" }).toString()}`,
    );
    const error = await arrived;
    expect(error).toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "issuer" } });
    expect((error as Error).message).not.toContain("tokens");
  },
);
