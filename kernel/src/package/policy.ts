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
