import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface ServiceRequest {
  /** The host that was meant. */
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ServiceAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** AWS's other services on a loopback server: `fetch` sends there what is meant for any host, and `requests` has what came. */
export interface AwsServices extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ServiceRequest[];
  readonly fetch: typeof fetch;
}

export async function startAwsServices(answer: (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>): Promise<AwsServices> {
  const requests: ServiceRequest[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
      const { "x-meant-for": host = headers["host"] ?? "", ...rest } = headers;
      const request = { host, method: message.method ?? "", path: message.url ?? "", headers: rest, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      void Promise.resolve(answer(request)).then(({ status = 200, type = "application/json", body }) => {
        response.writeHead(status, { "content-type": type });
        response.end(body);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    fetch: (input, init) => {
      const { host, pathname, search } = new URL(String(input));
      return fetch(`${url}${pathname}${search}`, { ...init, headers: { ...(init?.headers as Record<string, string>), "x-meant-for": host } });
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A home folder with files in it. */
export function homeWith(files: Readonly<Record<string, string>>): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "claw-aws-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What STS answers when a role is taken. */
export const roleAnswer = (action: string, name: string, expiration: string): ServiceAnswer => ({
  type: "text/xml",
  body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials><AccessKeyId>AKID${name}</AccessKeyId><SecretAccessKey>secret-of-${name}</SecretAccessKey><SessionToken>token-of-${name}</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/${name}/claw</Arn><AssumedRoleId>ARO:claw</AssumedRoleId></AssumedRoleUser></${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`,
});

/** What STS answers when it refuses. */
export const stsRefusal = (status: number, code: string, message: string): ServiceAnswer => ({
  status,
  type: "text/xml",
  body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
});
