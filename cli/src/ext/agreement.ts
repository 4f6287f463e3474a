import { type Grant, readGrants, readTrust, type Terminal, type Trust } from "@claw/kernel/host";
import type { ConsentFlags, InstallPlan, UnmetAsk } from "@claw/marketplace";
import { isYes, openAsking } from "./ask.ts";
import { folded } from "../sections.ts";
import type { Client } from "./client.ts";
import { oneLine } from "./result.ts";

export interface AgreementOptions {
  /** Full names whose name on the command line is the person's word. */
  readonly trust: readonly string[];
  /** Nobody is to be asked. */
  readonly yes: boolean;
  /** The command that was given, for the one that would consent. */
  readonly command: readonly string[];
}

/** How the person agreed to a plan; undefined when they did not. Where nobody is asked, what is not decided is E_CONSENT_REQUIRED. */
export async function agreedTo(
  plan: InstallPlan,
  { trust, yes, command }: AgreementOptions,
  { library, context }: Pick<Client, "library" | "context">,
  terminal: Pick<Terminal, "say" | "input" | "interactive"> & Partial<Pick<Terminal, "columns">>,
  signal: AbortSignal,
): Promise<Grant["by"] | undefined> {
  const flags: ConsentFlags = { yes, trust, grants: readGrants(context.store), bundledTrust: stillTrusted(context), policy: context.policy };
  const unmet = library.unmetAsks(plan, flags);
  if (unmet.length === 0) {
    const isByFlag = plan.packages.some((planned) => planned.asks.some((ask) => library.coveredBy(ask, planned, flags) === "flag"));
    return isByFlag ? "flag" : "policy";
  }
  if (yes || !terminal.interactive) throw library.consentRefusal(unmet, command);
  return (await asked(unmet, terminal, signal)) ? "prompt" : undefined;
}

/** The trust that comes with the program, without what the person took back of it. */
function stillTrusted({ bundled: { trust }, store }: Client["context"]): Trust {
  const own = readTrust(store).publishers;
  return { ...trust, publishers: Object.fromEntries(Object.entries(trust.publishers).map(([name, given]) => [name, own[name] ?? given])) };
}

/** Asks for one package after the other. Code from anybody but claw runs once its name was typed. */
async function asked(
  unmet: readonly UnmetAsk[],
  terminal: Pick<Terminal, "say" | "input"> & Partial<Pick<Terminal, "columns">>,
  signal: AbortSignal,
): Promise<boolean> {
  const asking = openAsking(terminal, signal);
  for (const name of new Set(unmet.map((one) => one.name))) {
    const own = unmet.filter((one) => one.name === name);
    terminal.say(`\n${own.flatMap(({ ask }) => folded(oneLine(ask.text), terminal.columns ?? Number.POSITIVE_INFINITY).map((line) => `${line}\n`)).join("")}`);
    const isTyped = own.some(({ ask, byYes }) => ask.kind === "trust" && !byYes);
    const answer = await asking.line(isTyped ? "Type its name to trust it: " : "Is that all right? [y/N] ");
    if (isTyped ? answer !== name : !isYes(answer)) return false;
  }
  return true;
}
