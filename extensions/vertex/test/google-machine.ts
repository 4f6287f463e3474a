import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClawError, Host } from "@claw/kernel";
import { expect } from "vitest";
import { AccessTokens } from "../src/access-tokens.ts";

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** What the token server answers next: a status and a body. */
export type Answer = readonly [status: number, body: unknown];

export type Machine = Pick<Host, "environment" | "folders" | "offline" | "now">;

/** A machine with a folder for files, a clock, and a network on which every host of Google's is one loopback server. */
export class GoogleMachine implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "claw-vertex-"));
  readonly asked: Asked[] = [];
  answers: Answer[] = [];
  now = new Date("2026-11-23T00:00:00Z");
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      this.asked.push({ url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
      const [status, body] = this.answers.shift() ?? [500, { error: "nothing is left to say" }];
      response.writeHead(status, { "content-type": typeof body === "string" ? "text/plain" : "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    });
  });

  static async start(): Promise<GoogleMachine> {
    const machine = new GoogleMachine();
    await new Promise<void>((resolve) => machine.#server.listen(0, "127.0.0.1", resolve));
    return machine;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get base(): string {
    return `http://${this.host}`;
  }

  /** Google's hosts stand at the beginning of the path. */
  readonly http = {
    fetch: ((url: string, init?: RequestInit) => {
      const { host, pathname, search } = new URL(url);
      return fetch(host.startsWith("127.0.0.1") ? url : `${this.base}/${host}${pathname}${search}`, init);
    }) as typeof fetch,
  };

  machine(more: Partial<Machine> = {}): Machine {
    const folders = { config: "", data: "", state: "", cache: "", bin: "", home: this.folder };
    return { environment: { GCE_METADATA_HOST: this.host }, folders, offline: false, now: () => this.now, ...more };
  }

  /** Writes a file and answers its path. */
  file(content: unknown, name = "credentials.json"): string {
    const path = join(this.folder, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  tokens(file: string | undefined, more: Partial<Machine> = {}): AccessTokens {
    return new AccessTokens({ http: this.http, host: this.machine(more), file });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.folder, { recursive: true });
  }
}

export const failureOf = (work: Promise<unknown>): Promise<ClawError> =>
  work.then(
    () => expect.unreachable(),
    (error: unknown) => error as ClawError,
  );

export const fieldsOf = (body: string): object => Object.fromEntries(new URLSearchParams(body));

export const login = {
  type: "authorized_user",
  client_id: "id.apps",
  client_secret: "the-client-secret",
  refresh_token: "1//the-refresh-token",
  quota_project_id: "quota-1",
};
