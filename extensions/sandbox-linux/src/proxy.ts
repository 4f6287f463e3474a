import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxDenial } from "@claw/kernel";
import { type EgressDecision, startEgressProxy } from "@claw/kernel/kit";

/** What a path of a unix socket may measure (unix(7)), less what is put behind the folder's. */
const LONGEST_FOLDER = 80;

export interface ProxyOptions {
  readonly hosts: readonly string[];
  readonly lookup?: (host: string) => Promise<readonly string[]>;
  log(decision: EgressDecision): void;
}

/** The way out for one program: a socket that only this user can open, and a token for those who do. */
export interface Proxy extends AsyncDisposable {
  readonly socket: string;
  readonly token: string;
  denials(): readonly SandboxDenial[];
}

/** Throws SANDBOX_FAILED for a host that cannot be read. */
export async function startProxy({ hosts, lookup, log }: ProxyOptions): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir().length <= LONGEST_FOLDER ? tmpdir() : "/tmp", "claw-proxy-"));
  const socket = join(folder, "proxy.sock");
  try {
    const proxy = await startEgressProxy({ hosts, lookup, log, listen: { path: socket } });
    await chmod(socket, 0o600);
    return {
      socket,
      token: proxy.token,
      denials: () => proxy.denials(),
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
