import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ClawError } from "@claw/kernel/host";
import { lastOf } from "../args.ts";
import { secondsOf } from "../limits.ts";
import type { VerbCall } from "../verbs/run.ts";
import { add, carriedAs, type InstallOptions, scopeOf, trusting } from "./add.ts";
import { carryThrough } from "./carry-through.ts";
import { withClient } from "./client.ts";

export interface LegacyInstallOptions extends InstallOptions {
  readonly names: readonly string[];
  readonly marketplace: string | undefined;
  readonly requireSigned: boolean;
  readonly insecureMarketplace: boolean;
  readonly allowUnsigned: boolean;
  /** Where the system before put it. */
  readonly dest: string | undefined;
}

/**
 * `claw plugin install --marketplace URL NAME`, as the system before had it: a marketplace for one command. Without one, named here or in
 * CLAW_MARKETPLACE_URL, it is the same as `add`.
 */
export async function legacyInstall(call: VerbCall, options: LegacyInstallOptions): Promise<number> {
  const { args, environment } = call.booted;
  const { names, requireSigned, insecureMarketplace, allowUnsigned, project, dest } = options;
  if (dest !== undefined)
    throw new ClawError(
      "USAGE",
      "--dest is not served: every extension is installed into your own store, where it is verified",
      {},
      { fix: "leave out --dest" },
    );
  const url = options.marketplace ?? wordOf(environment["CLAW_MARKETPLACE_URL"]);
  if (url === undefined) return add(call, { ...options, from: undefined, root: [], fresh: false, allowDowngrade: false, insecure: insecureMarketplace });
  const publicKeyPem = publicKeyOf(environment["CLAW_PLUGIN_PUBLIC_KEY"], call);
  const seconds = lastOf(args, "timeout");
  const source = { url, requireSigned: requireSigned || environment["CLAW_REQUIRE_SIGNED"] === "1", insecure: insecureMarketplace };
  const patience = seconds === undefined ? {} : { patienceMs: secondsOf(seconds) * 1000 };
  return withClient(call, { insecure: insecureMarketplace, ...patience }, async (client) => {
    const { library, context, patient } = client;
    const plan = await patient(async (signal) => {
      const { known, catalogue } = await library.legacyInstallSource({ ...source, ...(publicKeyPem === undefined ? {} : { publicKeyPem }) }, context);
      const requests = names
        .map(library.requestOf)
        .map(({ name, ...rest }) => ({ ...rest, name: name.includes("/") ? name : `${known.scopes[0] ?? ""}/${name}` }));
      const how = { from: catalogue.id, allowUnsigned: allowUnsigned || known.unsigned === true, ...scopeOf(call, project) };
      const meant = Object.fromEntries(names.map((word, index) => [library.requestOf(word).name, requests[index]?.name ?? word]));
      return { ...(await library.planInstall(requests, how, context, [catalogue], signal)), meant };
    });
    const flags = [source.requireSigned ? "--require-signed" : "", insecureMarketplace ? "--insecure-marketplace" : ""].filter((flag) => flag !== "");
    const command = ["claw", "plugin", "install", "--marketplace", url, ...flags, ...names, ...trusting(options.trust)];
    return await carryThrough(plan, carriedAs(plan, options, command, client, call), client, call);
  });
}

const wordOf = (value: string | undefined): string | undefined => (value === undefined || value === "" ? undefined : value);

/** The key itself, or the path of its file. */
function publicKeyOf(value: string | undefined, { booted }: VerbCall): string | undefined {
  const given = wordOf(value);
  if (given === undefined || given.includes("-----BEGIN ")) return given;
  const file = resolve(booted.workspace.cwd, given);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ClawError(
      "PATH_UNREADABLE",
      `CLAW_PLUGIN_PUBLIC_KEY: ${file} cannot be read`,
      { path: file },
      { cause, fix: "name a PEM file, or give the PEM itself" },
    );
  }
}
