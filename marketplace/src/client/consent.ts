import { type AdminPolicy, ClawError, grantKeyOf, type Grants, type Trust } from "@claw/kernel/host";
import type { Ask, InstallPlan, PlannedPackage } from "./plan.ts";
import { isOwn } from "./policy.ts";
import { publisherNames } from "./publishers.ts";

/** What was agreed to before anybody is asked. */
export interface ConsentFlags {
  /** `--yes`: whatever policy and the program's own trust cover. */
  readonly yes: boolean;
  /** Names typed after `--trust`. */
  readonly trust: readonly string[];
  readonly grants: Grants;
  /** The trust that comes with the program. */
  readonly bundledTrust: Trust;
  readonly policy: AdminPolicy;
}

/** Who has agreed already. */
export type Cover = "policy" | "grant" | "flag";

/**
 * Who has agreed to what a plan asks. A name after `--trust` is consent to its code, its permissions and what an update changes in them, but
 * never to another publisher: a command that stands in a script must not follow a package to whoever takes it over.
 */
export function coveredBy({ kind }: Ask, planned: Pick<PlannedPackage, "step" | "offer">, flags: ConsentFlags): Cover | undefined {
  const { name, permissions } = planned.step;
  if (kind === "permissions" && isGranted(name, permissions, publisherNames(planned.offer), flags.grants)) return "grant";
  if (flags.trust.includes(name) && kind !== "publisher") return "flag";
  return flags.yes && isDecided(planned, flags) ? "policy" : undefined;
}

/** Which of those who may sign it did is known when it is there, so each of them needs the grant. */
const isGranted = (name: string, requested: Readonly<Record<string, unknown>>, publishers: readonly string[], grants: Grants): boolean =>
  publishers.every((publisher) => Object.hasOwn(grants, grantKeyOf(name, { publisher, requested })));

/** Whether an administrator has pinned the very contents, or the program trusts the publisher. */
function isDecided({ step: { name, publisher }, offer: { tree } }: Pick<PlannedPackage, "step" | "offer">, { bundledTrust, policy }: ConsentFlags): boolean {
  const pins = policy.extensions?.pins ?? {};
  return isOwn(name, publisher, bundledTrust) || (tree !== undefined && Object.hasOwn(pins, name) && pins[name] === tree);
}

export interface UnmetAsk {
  readonly name: string;
  readonly ask: Ask;
  /** `--yes` would do. */
  readonly byYes: boolean;
}

/** What nobody has agreed to yet. */
export const unmetAsks = ({ packages }: InstallPlan, flags: ConsentFlags): readonly UnmetAsk[] =>
  packages.flatMap((planned) =>
    planned.asks.flatMap((ask) =>
      coveredBy(ask, planned, flags) === undefined
        ? [{ name: planned.step.name, ask, byYes: coveredBy(ask, planned, { ...flags, yes: true }) !== undefined }]
        : [],
    ),
  );

/** Where nobody can be asked: the refusal, with the command that would consent. `command` is the one that was typed, as its arguments. */
export function consentRefusal(unmet: readonly UnmetAsk[], command: readonly string[]): ClawError {
  const [first] = unmet.filter(({ byYes }) => !byYes).concat(unmet);
  const what = first?.name ?? "";
  const fix = consentingCommand(unmet, command);
  const similar = unmet.find(({ ask, byYes }) => ask.kind === "similar" && !byYes);
  if (similar !== undefined) return new ClawError("E_NAME_SIMILAR", similar.ask.text, { name: similar.name, similar: similar.ask.of ?? "" }, { fix });
  const more = new Set(unmet.map(({ name }) => name)).size - 1;
  const others = more > 0 ? `, and ${more} ${more === 1 ? "other wants" : "others want"} consent too` : "";
  return new ClawError("E_CONSENT_REQUIRED", `nobody can be asked: ${first?.ask.text ?? ""}${others}`, { what }, { fix });
}

function consentingCommand(unmet: readonly UnmetAsk[], command: readonly string[]): string {
  const taken = [...new Set(unmet.filter(({ ask, byYes }) => ask.kind === "publisher" && !byYes).map(({ name }) => name))];
  if (taken.length > 0) {
    const again = (name: string): readonly string[] => (installs(command) ? command : ["claw", "ext", "add", name]);
    const trusting = (name: string): readonly string[] =>
      again(name).some((word, at, all) => word === name && all[at - 1] === "--trust") ? [] : ["--trust", name];
    return taken.map((name) => ["claw ext remove", name, "&&", ...again(name).map(asArgument), ...trusting(name)].join(" ")).join(" && ");
  }
  const named = [...new Set(unmet.filter(({ byYes }) => !byYes).map(({ name }) => name))];
  const flags = [...(unmet.some(({ byYes }) => byYes) ? ["--yes"] : []), ...named.flatMap((name) => ["--trust", name])];
  return [...command, ...flags].map(asArgument).join(" ");
}

/** Whether a command installs what it names, whatever is there; an update has nothing to update once that is gone. */
const installs = ([, , verb = ""]: readonly string[]): boolean => verb === "add" || verb === "install";

/** As a shell takes it for one argument. */
const asArgument = (text: string): string => (/^[A-Za-z0-9@/._^~=:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`);
