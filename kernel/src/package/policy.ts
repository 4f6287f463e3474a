import { readFileSync } from "node:fs";
import { ClawError } from "../errors.ts";
import type { AdminPolicy } from "../generated/types.ts";
import { validateAdminPolicy } from "../generated/validators/policy.js";
import { parseStrict } from "./strict-json.ts";

/** The administrator's policy; an empty one where there is no file. One that cannot be read or understood decides nothing, so claw does not start: E_POLICY_INVALID. */
export function readPolicy(path: string): AdminPolicy {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" || (cause as NodeJS.ErrnoException).code === "ENOTDIR") return {};
    throw invalid(path, ["it cannot be read"], cause);
  }
  let value: unknown;
  try {
    value = parseStrict(bytes, { name: path });
  } catch (cause) {
    throw invalid(path, [(cause as Error).message], cause);
  }
  const problems = validateAdminPolicy(value);
  if (problems.length > 0)
    throw invalid(
      path,
      problems.map((problem) => `${problem.path}: ${problem.message}`),
    );
  return value as AdminPolicy;
}

const invalid = (path: string, problems: readonly string[], cause?: unknown): ClawError =>
  new ClawError(
    "E_POLICY_INVALID",
    `the administrator's policy ${path} is not valid: ${problems[0] ?? ""}`,
    { policy: path, problems },
    { cause, fix: "ask whoever administers this machine" },
  );

/** What of an installed extension a policy is asked about. */
export interface Governed {
  readonly name: string;
  readonly tree: string;
  readonly publisher: string;
}

/** Why an extension that is installed may not be used, in words; `undefined` if it may. Blocks and pins hold for claw's own extensions too. */
export function blockedBy({ extensions: { blocked = [], pins = {} } = {} }: AdminPolicy, { name, tree }: Governed): string | undefined {
  if (blocked.includes(name) || blocked.includes(tree)) return `the administrator's policy blocks ${name}`;
  const pin = Object.hasOwn(pins, name) ? pins[name] : undefined;
  return pin === undefined || pin === tree ? undefined : `the administrator's policy pins ${name} to other contents`;
}
