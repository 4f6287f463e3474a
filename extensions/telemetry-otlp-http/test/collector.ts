import { once } from "node:events";
import { type IncomingHttpHeaders, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { type DecodedRecord, decodeLogs } from "./otlp-decoder.ts";

export interface CollectorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly records: readonly DecodedRecord[];
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** Whatever was asked, in order, decoded. */
  readonly requests: readonly CollectorRequest[];
  /** What of it was taken. */
  taken(): readonly DecodedRecord[];
}

/** How a request is answered: a status, headers and a text, or by hand; a hand that does nothing never answers. */
export type Reply = Answer | ((response: ServerResponse) => void);
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A collector on this machine. A body that is no OTLP/JSON is answered with 400, as collectors do. */
export async function startCollector(replyTo: (attempt: number) => Reply = () => ({})): Promise<Collector> {
  const requests: CollectorRequest[] = [];
  const taken: DecodedRecord[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      let records: readonly DecodedRecord[];
      try {
        if (request.headers["content-type"] !== "application/json") throw new Error(`content-type ${request.headers["content-type"]}`);
        records = decodeLogs((request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString("utf8"));
      } catch (error) {
        response.writeHead(400, { "content-type": "text/plain", connection: "close" }).end(String(error));
        return;
      }
      requests.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers, records });
      const reply = replyTo(requests.length);
      if (typeof reply === "function") return void reply(response);
      const { status = 200, headers = { "content-type": "application/json" }, body = '{"partialSuccess":{}}' } = reply;
      if (status === 200) taken.push(...records);
      response.writeHead(status, { ...headers, connection: "close" }).end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}/v1/logs`,
    requests,
    taken: () => taken,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
