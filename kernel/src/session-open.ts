import type { OpenOptions } from "./contracts/frontend.ts";
import type { LogEntry, SessionStore } from "./contracts/session.ts";
import { ClawError } from "./errors.ts";
import { Session, readWithAncestors, renumber } from "./session.ts";

export interface OpenParts {
  readonly store: SessionStore;
  readonly version: string;
  readonly now: () => Date;
  readonly id: () => string;
  /** Whether this kernel has it open already. */
  readonly isOpen: (session: string) => boolean;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A new session, one that goes on, or a fork of one. */
export async function openSession(options: OpenOptions, parts: OpenParts): Promise<Session> {
  const { store, now } = parts;
  if (options.session !== undefined && !uuid.test(options.session))
    throw new ClawError("USAGE", `--session-id takes a UUID, not ${JSON.stringify(options.session)}`, {});
  const torn: string[] = [];
  if (options.resume === undefined) return create(options, parts, undefined, []);
  const resumed: unknown = await store.find(options.resume, options.workspace);
  if (typeof resumed !== "string") throw new TypeError("it found something that is no session");
  if (options.fork !== undefined) {
    const wanted = options.fork === true ? {} : { through: options.fork };
    const entries = await readWithAncestors(store, resumed, { onTorn: (message) => torn.push(message), ...wanted });
    const last = entries.at(-1)?.seq ?? 0;
    const seq = options.fork === true ? last : options.fork;
    if (!Number.isSafeInteger(seq) || seq < 0 || seq > last) throw new ClawError("USAGE", `session ${resumed} has entries 0 to ${last}, not ${seq}`, {});
    return create(
      options,
      parts,
      { session: resumed, seq },
      entries.map((entry) => renumber(entry, seq + 1)),
    );
  }
  if (parts.isOpen(resumed))
    throw new ClawError("SESSION_LOCKED", `session ${resumed} is open already`, { session: resumed }, { fix: "go on in a copy with --fork-session" });
  await store.open(resumed);
  try {
    const entries = await readWithAncestors(store, resumed, { onTorn: (message) => torn.push(message) });
    const session = new Session({ id: resumed, cwd: options.cwd, roots: options.roots, store, now, entries });
    for (const message of torn) await session.aside({ type: "fault", extension: "session-store", where: "read", code: "SESSION_DAMAGED", message });
    return session;
  } catch (error) {
    await store.close(resumed);
    throw error;
  }
}

async function create(
  options: OpenOptions,
  { store, version, now, id }: OpenParts,
  parent: { readonly session: string; readonly seq: number } | undefined,
  inherited: readonly LogEntry[],
): Promise<Session> {
  const own = options.session ?? id();
  const first = {
    seq: 0 as const,
    at: now().toISOString(),
    type: "session" as const,
    version: 1 as const,
    id: own,
    cwd: options.cwd,
    workspace: options.workspace,
    claw: version,
    ...(parent === undefined ? {} : { parent }),
  };
  await store.create(first);
  return new Session({ id: own, cwd: options.cwd, roots: options.roots, store, now, entries: [...inherited, first] });
}
