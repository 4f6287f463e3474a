import { type AdminPolicy, blockedBy, ClawError, type Trust } from "@claw/kernel/host";
import type { Offer } from "./catalogue.ts";
import { filesOverlap, originsOverlap } from "./pattern-overlap.ts";
import { isInside, partsOf } from "./permission-parts.ts";
import { quoted } from "./quoted.ts";

/** Why an administrator's policy refuses something. */
export interface PolicyProblem {
  /** The key of the policy that does. */
  readonly policy: string;
  readonly text: string;
}

const tiers: readonly string[] = ["declarative", "isolated", "trusted"];

/** What of an offer a policy is asked about. */
export type GovernedOffer = Pick<Offer, "name" | "marketplace" | "tier" | "native" | "permissions">;

/**
 * Everything in which an administrator's policy refuses an offer that this publisher signs and that holds this tree; pins wait for a tree that is not
 * known yet. `own` is what the program's own trust covers: publishers, signatures and tiers are not asked of it.
 */
export function policyProblems(offer: GovernedOffer, publisher: string, tree: string | undefined, policy: AdminPolicy, own = false): readonly PolicyProblem[] {
  const { marketplaces = {}, publishers, requireKeyless = false, maxTier = "trusted", deniedPermissions = [], blocked = [] } = policy.extensions ?? {};
  const { name, marketplace } = offer;
  const problems: PolicyProblem[] = [];
  const refuse = (key: string, text: string): unknown => problems.push({ policy: key, text: `the administrator's policy ${text}` });
  if (marketplaces.deny?.includes(marketplace) === true || marketplaces.allow?.includes(marketplace) === false)
    refuse("marketplaces", `does not allow the marketplace ${quoted(marketplace)}`);
  const block = blockedBy(tree === undefined ? { extensions: { blocked } } : policy, { name, tree: tree ?? "", publisher });
  if (block !== undefined) problems.push({ policy: blocked.some((each) => each === name || each === tree) ? "blocked" : "pins", text: block });
  if (!own) {
    if (publishers?.allow?.includes(publisher) === false) refuse("publishers", `does not allow the publisher ${quoted(publisher)}`);
    if (requireKeyless && !publisher.startsWith("oidc:")) refuse("requireKeyless", `wants keyless signatures, and ${name} has none`);
    if (tiers.indexOf(offer.tier) > tiers.indexOf(maxTier)) refuse("maxTier", `allows tier ${maxTier} at the most, and ${name} needs ${offer.tier}`);
  }
  const denied = deniedPermissions.find((each) => asksFor(offer, each));
  if (denied !== undefined) refuse("deniedPermissions", `allows nobody ${quoted(denied)}, which ${name} asks for`);
  return problems;
}

export const policyRefusal = (what: string, { policy, text }: PolicyProblem): ClawError =>
  new ClawError("E_POLICY", `${what}: ${text}`, { policy, what }, { fix: "ask whoever administers this machine" });

/** Whether the trust that comes with the program covers what a publisher signs under a name, code in this process included. */
export function isOwn(name: string, publisher: string, { publishers }: Trust): boolean {
  const given = Object.hasOwn(publishers, publisher) ? publishers[publisher] : undefined;
  return given?.tier === "trusted" && (given.extensions?.includes(name) ?? true);
}

/** `exec`, `fs.write`, or one of a kind with its value: `net:https://x.example`, `exec:aws`, `fs.read:path:/etc/**`. Whatever could reach what is denied asks for it. */
function asksFor({ permissions, native }: GovernedOffer, denied: string): boolean {
  const parts = [...partsOf(permissions), ...partsOf({ native })];
  const [, kind = "", value] = /^([A-Za-z.]+)(?::(.*))?$/s.exec(denied) ?? [];
  return parts.some((part) => {
    const isOfKind =
      part.kind === kind || part.kind.startsWith(`${kind}.`) || (part.kind === "unknown" && Object.hasOwn(JSON.parse(part.value) as object, kind));
    if (!isOfKind || value === undefined || !("value" in part) || part.kind === "unknown") return isOfKind;
    if (part.kind === "exec") return part.value.cmd === "*" || part.value.cmd === value;
    if (part.kind === "net") return originsOverlap(part.value, value);
    if (part.kind === "fs.read" || part.kind === "fs.write") return filesOverlap(part.value, value);
    return isInside({ kind: part.kind, value }, part);
  });
}
