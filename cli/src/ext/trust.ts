import { ClawError, commitTrust, openStore, type PublisherTrust, readTrust, type Trust } from "@claw/kernel/host";
import { bundledStore, userStoreOf } from "../paths.ts";
import { table } from "../view-text.ts";
import type { VerbCall } from "../verbs/run.ts";
import { declined, isYes, openAsking } from "./ask.ts";
import { installedName } from "./installed-name.ts";
import { emit, oneLine } from "./result.ts";

export interface TrustOptions {
  /** The name of an extension, or of a publisher as `claw ext info` names it. */
  readonly whom: string | undefined;
  readonly remove: boolean;
  readonly list: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

interface Target {
  readonly publisher: string;
  /** One extension of theirs; all that they sign when absent. */
  readonly extension?: string;
}

/** `claw ext trust NAME|PUBLISHER`: whose code may run in claw's own process. */
export async function trust(call: VerbCall, { whom, remove, list, yes, dryRun }: TrustOptions): Promise<number> {
  const { booted, terminal, json, signal } = call;
  const store = userStoreOf(booted.folders);
  const bundled = openStore(bundledStore).trust;
  if (list) return listed(call, bundled, readTrust(store));
  if (whom === undefined) throw new ClawError("USAGE", "whom to trust: the name of an extension, or of a publisher", {}, { fix: "claw ext trust --list" });
  const target = targetOf(whom, call);
  const { publisher, extension } = target;
  const change = (current: Trust): Trust => (remove ? withoutTrust(current, bundled, target) : withTrust(current, bundled, target));
  change(readTrust(store));
  if (!remove && !dryRun && !yes && !(await confirmed(target, call))) return declined(terminal);
  if (!dryRun) await commitTrust(store, change, signal);
  const record = { publisher, ...(extension === undefined ? {} : { extension }), trusted: !remove, ...(dryRun ? { dryRun } : {}) };
  await emit({ terminal, json }, [record], () => {
    const what = extension === undefined ? publisher : `${publisher} for ${extension}`;
    return `${dryRun ? "would be " : ""}${remove ? "no longer trusted" : "trusted"}: ${what}\n`;
  });
  return 0;
}

function targetOf(whom: string, { booted: { installed } }: VerbCall): Target {
  if (whom.includes(":")) return { publisher: whom };
  const extension = installedName(whom, installed.names);
  const publisher = installed.package(extension)?.publisher;
  if (publisher === undefined) throw new ClawError("USAGE", `${extension} is loaded from a folder, which is trusted for as long as --dev names it`, {});
  return { publisher, extension };
}

const ofPublisher = ({ publishers }: Trust, publisher: string): PublisherTrust | undefined =>
  Object.hasOwn(publishers, publisher) ? publishers[publisher] : undefined;

/** What a person says of a publisher takes the place of what comes with the program, so what that says is kept in it. */
export function withTrust(current: Trust, bundled: Trust, { publisher, extension }: Target): Trust {
  const before = [ofPublisher(current, publisher), ofPublisher(bundled, publisher)].find((one) => one !== undefined && one.tier === "trusted");
  const isWhole = extension === undefined || (before !== undefined && before.extensions === undefined);
  const { extensions: _extensions, ...rest } = before ?? { tier: "trusted" as const };
  const names = isWhole ? {} : { extensions: [...new Set([...(before?.extensions ?? []), extension])].sort() };
  return { ...current, publishers: { ...current.publishers, [publisher]: { ...rest, tier: "trusted", ...names } } };
}

export function withoutTrust(current: Trust, bundled: Trust, { publisher, extension }: Target): Trust {
  const before = ofPublisher(current, publisher) ?? ofPublisher(bundled, publisher);
  const { [publisher]: _gone, ...others } = current.publishers;
  if (before === undefined || before.tier === "none") throw new ClawError("USAGE", `${publisher} is not trusted`, {}, { fix: "claw ext trust --list" });
  if (extension !== undefined && before.extensions === undefined) {
    throw new ClawError(
      "USAGE",
      `${publisher} is trusted for all it signs, not for ${extension} alone`,
      {},
      { fix: `claw ext trust ${publisher} --remove, or claw ext disable ${extension}` },
    );
  }
  const left = extension === undefined ? [] : (before.extensions ?? []).filter((name) => name !== extension);
  if (left.length > 0) return { ...current, publishers: { ...others, [publisher]: { ...before, extensions: left } } };
  // What comes with the program is only taken back by saying so.
  const denied = ofPublisher(bundled, publisher) === undefined ? {} : { [publisher]: { tier: "none" as const } };
  return { ...current, publishers: { ...others, ...denied } };
}

async function confirmed({ publisher, extension }: Target, { terminal, signal }: VerbCall): Promise<boolean> {
  const name = extension ?? publisher;
  const fix = `claw ext trust ${name} --yes`;
  if (!terminal.interactive) throw new ClawError("E_CONSENT_REQUIRED", `nobody can be asked whether to trust ${name}`, { what: name }, { fix });
  const whose = extension === undefined ? "Everything that this publisher signs" : `${extension}, signed by ${publisher},`;
  terminal.say(`${oneLine(whose)} may then run in claw's own process, with all your rights.\n`);
  const asking = openAsking(terminal, signal);
  if (extension === undefined) return isYes(await asking.line(`Trust ${oneLine(publisher)}? [y/N] `));
  return (await asking.line("Type its name to trust it: ")) === extension;
}

async function listed({ terminal, json }: VerbCall, bundled: Trust, own: Trust): Promise<number> {
  const rows = [
    ...Object.entries(bundled.publishers).map((one) => ["claw", ...one] as const),
    ...Object.entries(own.publishers).map((one) => ["you", ...one] as const),
  ];
  const records = rows.map(([by, publisher, { tier, extensions }]) => ({ publisher, tier, ...(extensions === undefined ? {} : { extensions }), by }));
  if (json) await emit({ terminal, json }, records, () => "");
  else
    await terminal.write(
      table(
        ["by", "tier", "extensions", "publisher"],
        records.map(({ publisher, tier, extensions, by }) => [by, tier, extensions?.join(" ") ?? "all", publisher].map(oneLine)),
      ),
    );
  return 0;
}
