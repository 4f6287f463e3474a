import type { ServerSpec, TokenStore } from "@claw/kernel";
import { Broker, type BrokerParts } from "../src/broker.ts";
import { browse } from "./identity-server.ts";

export const never = (): AbortSignal => new AbortController().signal;

/** A store in memory, one change at a time. */
export function memoryTokens(): TokenStore & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    values,
    read: async (key) => values.get(key),
    update(key, change) {
      const next = last.then(async () => {
        const value = await change(values.get(key));
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      });
      last = next.catch(() => undefined);
      return next;
    },
  };
}

export interface Setting {
  readonly broker: Broker;
  readonly log: readonly string[];
  readonly opened: readonly string[];
  /** The last page the person saw. */
  readonly pages: readonly string[];
}

export function settingOf(more: Partial<BrokerParts> = {}): Setting {
  const [log, opened, pages]: [string[], string[], string[]] = [[], [], []];
  const broker = new Broker({
    http: { fetch },
    store: memoryTokens(),
    policy: () => true,
    open: async (url) => {
      opened.push(url.href);
      pages.push(await browse(url));
    },
    clients: {},
    clientSecret: async () => undefined,
    clientMetadataUrl: undefined,
    callbackPort: 0,
    callbackTimeoutMs: 10_000,
    now: () => new Date(),
    log: { info: (line) => void log.push(line), warn: (line) => void log.push(line) },
    ...more,
  });
  return { broker, log, opened, pages };
}

export const serverAt = (origin: string, name = "notes"): ServerSpec => ({ name, transport: "http", url: `${origin}/mcp` });
