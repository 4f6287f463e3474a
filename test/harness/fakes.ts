import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type Host, type Http, type Secrets } from "@claw/kernel";

/** A clock that stands still until it is told to move. */
export interface FakeClock {
  now(): Date;
  /** Milliseconds since it began. */
  clock(): number;
  move(ms: number): void;
}

export function fakeClock(start: string = "2026-11-22T08:00:00.000Z"): FakeClock {
  const began = Date.parse(start);
  let passed = 0;
  return { now: () => new Date(began + passed), clock: () => passed, move: (ms) => void (passed += ms) };
}

/** Service `host` over folders below `folder`. */
export function fakeHost(
  folder: string,
  clock: FakeClock,
  options: { readonly environment?: Host["environment"]; readonly offline?: boolean; readonly trusted?: boolean } = {},
): Host {
  const at = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    version: "1.0.0",
    offline: options.offline ?? false,
    trusted: options.trusted ?? true,
    now: () => clock.now(),
    environment: options.environment ?? { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: at("home"), LANG: "C.UTF-8" },
    folders: { config: at("config"), data: at("data"), state: at("state"), cache: at("cache"), home: at("home"), bin: at("bin") },
  };
}

/** Service `http` that opens no socket: answers from a table of URLs, refuses the rest as the network does. */
export function memoryHttp(answers: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {}): Http {
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const answer = answers[request.url];
      const { host } = new URL(request.url);
      if (answer === undefined) throw new ClawError("NETWORK_FAILED", `no connection to ${host}`, { host }, { retryable: true });
      return answer(request);
    },
  };
}

export const memorySecrets = (secrets: Readonly<Record<string, string>> = {}): Secrets => ({ get: async (name) => secrets[name] });
