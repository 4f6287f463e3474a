import type { CommandCall } from "@claw/kernel";
import { parsed, usageError, type CommandParts } from "./command-line.ts";
import { providerList } from "./provider-list.ts";

const usage = `claw provider list [--all]
claw provider probe PROVIDER/MODEL [--yes]`;

/** `claw provider …`: whether providers are ready, and what a model of theirs can do. */
export async function providerCommand(asked: CommandCall, parts: CommandParts): Promise<number> {
  const { call, words, flags } = parsed(asked, "provider", { all: "boolean", yes: "boolean" }, usage);
  const [verb = "list", address, ...rest] = words;
  const much = verb === "list" ? address : rest[0];
  if (verb !== "list" && verb !== "probe") throw usageError(`provider has no verb ${JSON.stringify(verb)}`, usage);
  if (much !== undefined) throw usageError(`provider ${verb} was given too much: ${JSON.stringify(much)}`, usage);
  if (verb === "list") return providerList(call, parts, flags["all"] === true);
  if (address === undefined) throw usageError("provider probe needs a model: claw provider probe PROVIDER/MODEL", usage);
  const { providerProbe } = await import("./provider-probe.ts");
  return providerProbe(call, parts, { address, consents: flags["yes"] === true });
}
