import { parseArgs } from "node:util";
import { ClawError, type Command, type CommandCall, type LogEntry } from "@claw/kernel";
import { lockHolder } from "@claw/kernel/kit";
import { fsck } from "./fsck.ts";
import { nodesOf } from "./entry-view.ts";
import type { DiskStore } from "./store.ts";

const usage = `claw session list [--all]
claw session show ID [--limit N] [--until SEQ]
claw session resume ID ["PROMPT"]
claw session fork ID [--at SEQ]
claw session path ID
claw session fsck ID`;

interface Flags {
  readonly all: boolean;
  readonly limit?: number;
  readonly until?: number;
  readonly at?: number;
  readonly prompt?: string;
}

type Verb = (call: CommandCall, id: string, flags: Flags) => Promise<number>;

/** `claw session …` over a store of files. Each verb says the same to a person and, with --json, to a program. */
export function sessionCommand(store: DiskStore, now: () => number): Command {
  const verbs: Readonly<Record<string, Verb>> = {
    async list(call, _id, { all }) {
      const found = [];
      for await (const summary of store.list(all ? undefined : call.workspace)) found.push(summary);
      if (call.json) found.forEach((summary) => call.emit(summary));
      else if (found.length === 0)
        call.show({
          type: "status",
          level: "info",
          text: all ? "there are no sessions yet" : "there are no sessions of this folder yet; --all lists every folder's",
        });
      else {
        const columns = ["session", "last used", "entries", "title", ...(all ? ["folder"] : [])];
        call.show({
          type: "table",
          columns,
          rows: found.map(({ session, at, entries, title, cwd }) => [session, at, String(entries), title, ...(all ? [cwd] : [])]),
        });
      }
      return 0;
    },

    async show(call, id, { limit, until }) {
      const torn: string[] = [];
      const entries: LogEntry[] = [];
      const failure = await gather(
        store.read(id, (message) => torn.push(message)),
        entries,
        until,
      );
      for (const entry of limit === undefined ? entries : entries.slice(Math.max(0, entries.length - limit))) {
        if (call.json) call.emit(entry);
        else call.show(...nodesOf(entry));
      }
      if (!call.json) for (const text of torn) call.show({ type: "status", level: "warning", text });
      if (failure !== undefined) throw failure;
      return 0;
    },

    async resume(call, id, { prompt }) {
      if (call.converse !== undefined && !call.json) return call.converse({ resume: id, ...(prompt === undefined ? {} : { prompt }) });
      const command = `claw --resume ${id}`;
      if (call.json) call.emit({ session: id, command });
      else call.show({ type: "code", text: command, language: "sh" });
      return 0;
    },

    async fork(call, id, { at }) {
      const { cwd, workspace, roots } = call;
      const session = await call.client.open({ cwd, workspace, roots, resume: id, fork: at ?? true });
      await call.client.close(session);
      if (call.json) call.emit({ session, forkOf: id });
      else call.show({ type: "code", text: session });
      return 0;
    },

    async path(call, id) {
      const path = store.place(id).log;
      if (call.json) call.emit({ session: id, path });
      else call.show({ type: "code", text: path });
      return 0;
    },

    async fsck(call, id) {
      const place = store.place(id);
      const report = await fsck(place, lockHolder(place.lock, now) !== undefined);
      if (call.json) call.emit(report);
      else call.show({ type: "status", level: report.damaged === undefined ? (report.torn === undefined ? "info" : "warning") : "error", text: report.text });
      return report.damaged === undefined ? 0 : 11;
    },
  };

  return {
    async run(asked) {
      const { call, positionals, flags } = parse(asked);
      const [name = "list", reference, ...more] = positionals;
      const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
      if (verb === undefined) throw wrong(`session has no verb ${JSON.stringify(name)}`);
      const [prompt, ...rest] = name === "resume" ? more : [undefined, ...more];
      if (name === "list" ? reference !== undefined : rest.length > 0)
        throw wrong(`session ${name} was given too much: ${JSON.stringify(name === "list" ? reference : rest[0])}`);
      if (name === "list") return verb(call, "", flags);
      if (reference === undefined) throw wrong(`session ${name} needs the id of a session, its beginning, latest or a path`);
      return verb(call, await store.find(reference, call.workspace), prompt === undefined ? flags : { ...flags, prompt });
    },
  };
}

/** Takes entries up to `until`, and answers what kept it from the rest: what is whole is shown first. */
async function gather(source: AsyncIterable<LogEntry>, entries: LogEntry[], until: number | undefined): Promise<unknown> {
  try {
    for await (const entry of source) {
      entries.push(entry);
      if (entry.seq === until) break;
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

function parse(asked: CommandCall): { readonly call: CommandCall; readonly positionals: readonly string[]; readonly flags: Flags } {
  try {
    const { positionals, values } = parseArgs({
      args: [...asked.argv],
      allowPositionals: true,
      options: { all: { type: "boolean" }, json: { type: "boolean" }, limit: { type: "string" }, until: { type: "string" }, at: { type: "string" } },
    });
    const numbers = Object.fromEntries(
      (["limit", "until", "at"] as const).flatMap((key) => (values[key] === undefined ? [] : [[key, natural(key, values[key])]])),
    );
    return { call: values.json === true ? { ...asked, json: true } : asked, positionals, flags: { all: values.all === true, ...numbers } };
  } catch (error) {
    throw ClawError.is(error) ? error : wrong(`session: ${(error as Error).message.split(". ", 1)[0]}`);
  }
}

function natural(flag: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw wrong(`--${flag} needs a number from 0, not ${JSON.stringify(text)}`);
}

const wrong = (message: string): ClawError => new ClawError("USAGE", message, { hint: usage });
