import { type AdminPolicy, blockedBy, type InstalledExtension, type Trust } from "@claw/kernel/host";

/**
 * Why an administrator's policy holds an installed extension back, in words; undefined if it does not. What the program's own trust covers is asked
 * for blocks and pins alone, as when it is installed. `deniedPermissions` are told by their kind: what a value covers is compared at installing.
 */
export function heldByPolicy(policy: AdminPolicy, extension: InstalledExtension, bundledTrust: Trust): string | undefined {
  const blocked = blockedBy(policy, extension);
  if (blocked !== undefined || extension.store === "bundled") return blocked;
  const { name, publisher, tier, lock } = extension;
  const { marketplaces: { allow, deny = [] } = {}, publishers, requireKeyless = false, maxTier = "trusted", deniedPermissions = [] } = policy.extensions ?? {};
  const says = (text: string): string => `the administrator's policy ${text}`;
  if (deny.includes(lock.marketplace) || allow?.includes(lock.marketplace) === false) return says(`does not allow the marketplace that ${name} came from`);
  const kind = deniedPermissions.find((each) => !each.includes(":") && asksFor(lock.requested, each.split(".")));
  if (kind !== undefined) return says(`allows nobody ${kind}, which ${name} asks for`);
  if (isOwn(name, publisher, bundledTrust)) return undefined;
  if (publishers?.allow?.includes(publisher) === false) return says(`does not allow the publisher of ${name}`);
  if (requireKeyless && !publisher.startsWith("oidc:")) return says(`wants keyless signatures, and ${name} has none`);
  return tier !== "declarative" && maxTier !== "trusted" ? says(`allows tier ${maxTier} at the most, and ${name} runs as ${tier}`) : undefined;
}

/** Whether permissions hold anything at a path of keys: nothing, `false` and an empty list ask for nothing. */
function asksFor(permissions: Readonly<Record<string, unknown>>, [key = "", ...rest]: readonly string[]): boolean {
  const value = Object.hasOwn(permissions, key) ? permissions[key] : undefined;
  if (Array.isArray(value)) return rest.length === 0 && value.length > 0;
  if (typeof value !== "object" || value === null) return rest.length === 0 && value !== undefined && value !== false && value !== "none";
  const within = value as Readonly<Record<string, unknown>>;
  return rest.length > 0 ? asksFor(within, rest) : Object.keys(within).some((each) => asksFor(within, [each]));
}

function isOwn(name: string, publisher: string, { publishers }: Trust): boolean {
  const given = Object.hasOwn(publishers, publisher) ? publishers[publisher] : undefined;
  return given?.tier === "trusted" && (given.extensions?.includes(name) ?? true);
}
