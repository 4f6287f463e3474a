import type { Boot } from "../boot.ts";
import { jsonLine } from "../printable.ts";
import { table } from "../view-text.ts";
import type { VerbCall } from "../verbs/run.ts";
import { newerVersions } from "./newer-versions.ts";
import { oneLine, roomIn } from "./result.ts";
import { revocationTexts } from "./revocation.ts";

export interface ListOptions {
  readonly all: boolean;
  /** Asks the marketplaces for newer versions. */
  readonly updates: boolean;
}

interface Row {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  readonly tier: string;
  readonly origin: string;
  readonly description: string;
  readonly publisher?: string;
  readonly marketplace?: string;
  readonly signature?: string;
  readonly revoked?: string;
  readonly update?: string;
}

/** `claw ext list`: the extensions of this run in their order; with `--all` also those that are installed and not chosen. */
export async function list(call: VerbCall, { all, updates }: ListOptions): Promise<number> {
  const { booted, terminal, json } = call;
  const { plan, installed } = booted;
  const about = aboutPackages(booted, updates ? await newerVersions(call) : new Map());
  const row = (name: string, state: string, description?: string): Row => {
    const found = installed.get(name);
    return {
      name,
      version: found?.manifest.version ?? "",
      state,
      tier: found?.tier ?? "",
      origin: found?.origin ?? "",
      description: description ?? found?.manifest.description ?? installed.refusal(name)?.message ?? "",
      ...about(name),
    };
  };
  const chosen = plan.extensions.map(({ id }) => row(id, "on"));
  const held = plan.heldBack.map(({ extension, why }) => row(extension, "held back", why));
  const known = new Set([...chosen, ...held].map(({ name }) => name));
  const rest = all ? installed.names.filter((name) => !known.has(name)).map((name) => row(name, "off")) : [];
  const rows = [...chosen, ...held, ...rest];
  if (json) for (const one of rows) await terminal.write(jsonLine(one));
  else
    await terminal.write(
      table(
        ["name", "version", "state", "from", "what"],
        rows.map((one) => [one.name, one.version, stateText(one), originText(one), one.description].map(oneLine)),
        roomIn(terminal),
      ),
    );
  return 0;
}

const stateText = ({ state, signature, revoked, update }: Row): string =>
  [
    state,
    ...(signature === "none" ? ["unsigned"] : []),
    ...(revoked === undefined ? [] : [revoked]),
    ...(update === undefined ? [] : [`${update} is there`]),
  ].join(", ");

const originText = ({ origin, marketplace }: Row): string => (origin === "user" ? (marketplace ?? origin) : origin);

/** What is known of the packages of the person's store; claw's own came with the program. */
function aboutPackages(booted: Boot, newer: ReadonlyMap<string, string>): (name: string) => Partial<Row> {
  const revocation = revocationTexts(booted);
  return (name) => {
    const packed = booted.installed.package(name);
    if (packed === undefined || booted.installed.developed.includes(name)) return {};
    const [revoked, update] = [revocation(packed), newer.get(name)];
    return {
      publisher: packed.publisher,
      marketplace: packed.lock.marketplace,
      signature: packed.lock.signature.mode,
      ...(revoked === undefined ? {} : { revoked }),
      ...(update === undefined ? {} : { update }),
    };
  };
}
