import { ClawError, type SettingsPolicy } from "@claw/kernel";
import { modeOf, type Mode } from "./modes.ts";
import type { SourcedText } from "./rules.ts";

/** What the administrator says of permissions. All of it tightens. */
export interface PermissionPolicy {
  readonly deny: readonly SourcedText[];
  readonly ask: readonly SourcedText[];
  /** The only modes; undefined without a limit. */
  readonly modes: readonly Mode[] | undefined;
  /** Whether nobody's allow rules count. */
  readonly noAllowRules: boolean;
  readonly file: string;
}

export const noPolicy: PermissionPolicy = { deny: [], ask: [], modes: undefined, noAllowRules: false, file: "" };

/** The section `permissions` of a policy, which its schema has checked. */
export function policyOf(given: SettingsPolicy | undefined): PermissionPolicy {
  if (given === undefined) return noPolicy;
  const { file, rules, sourceOf } = given;
  const texts = (name: string): readonly string[] => (Array.isArray(rules[name]) ? (rules[name] as readonly unknown[]).map(String) : []);
  const sourced = (name: string): readonly SourcedText[] => texts(name).map((text, index) => ({ text, source: sourceOf([name, index]) }));
  return {
    file,
    deny: sourced("deny"),
    ask: sourced("ask"),
    modes: Array.isArray(rules["modes"]) ? texts("modes").map(modeOf) : undefined,
    noAllowRules: rules["noAllowRules"] === true,
  };
}

/** Throws PERMISSION_MODE_FORBIDDEN for a mode that the policy does not have. */
export function requireMode(mode: Mode, { modes, file }: PermissionPolicy): Mode {
  if (modes === undefined || modes.includes(mode)) return mode;
  throw new ClawError(
    "PERMISSION_MODE_FORBIDDEN",
    `the administrator's policy ${file} does not allow the permission mode ${mode}`,
    { mode },
    { fix: `--permission-mode ${modes[0] ?? "prompt"}; it allows ${modes.join(", ")}` },
  );
}
