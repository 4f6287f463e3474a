import type { Body } from "./body.ts";
import type { WebHeaders } from "./headers.ts";

export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: WebHeaders;
  /** Where it came from in the end. */
  readonly url: string;
  readonly redirected: boolean;
}

/**
 * `Response` as far as anyone reads one, without the engine's own class and the whole fetch behind it. What is rarely asked
 * (`blob`, `formData`) is left to the real one.
 */
export class WebResponse implements Response {
  readonly type = "basic";
  readonly status: number;
  readonly statusText: string;
  readonly headers: WebHeaders;
  readonly url: string;
  readonly redirected: boolean;
  readonly #head: Head;
  #body: Body | undefined;

  constructor(head: Head, body: Body | undefined) {
    this.#head = head;
    this.#body = body;
    this.status = head.status;
    this.statusText = head.statusText;
    this.headers = head.headers;
    this.url = head.url;
    this.redirected = head.redirected;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.#body?.stream() ?? null;
  }

  get bodyUsed(): boolean {
    return this.#body?.used ?? false;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#body?.bytes()) ?? new Uint8Array();
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async blob(): Promise<Blob> {
    return (await this.#real()).blob();
  }

  async formData(): Promise<FormData> {
    return (await this.#real()).formData();
  }

  clone(): WebResponse {
    const twin = this.#body?.split();
    return new WebResponse(this.#head, twin);
  }

  async #real(): Promise<Response> {
    return new Response(await this.bytes(), { status: this.status, headers: [...this.headers] });
  }
}
