import { lstatSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
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
    if ((cause as NodeJS.ErrnoException).code === "ENOENT" || (cause as NodeJS.ErrnoException).code === "ENOTDIR") {
      // An administrator who put a link there wanted a policy, wherever its file has gone.
      if (!leadsNowhere(path) && !leadsNowhere(dirname(path))) return {};
      throw invalid(path, ["it is a link that leads nowhere"], cause);
    }
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
      problems.map(({ path: key, message }) => (key === "" ? `it ${message}` : `${key}: ${message}`)),
    );
  return value as AdminPolicy;
}

const leadsNowhere = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
};

const invalid = (path: string, problems: readonly string[], cause?: unknown): ClawError =>
  new ClawError(
    "E_POLICY_INVALID",
    `the administrator's policy ${path} is not valid: ${problems[0] ?? ""}`,
    { policy: path, problems },
    { cause, fix: "ask whoever administers this machine" },
  );
