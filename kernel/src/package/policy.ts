import { lstatSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ClawError } from "../errors.ts";
import type { AdminPolicy } from "../generated/types.ts";
import { validateAdminPolicy } from "../generated/validators/policy.js";
import { parseStrict } from "./strict-json.ts";

const ofAdministrator = "ask whoever administers this machine";
const ofAuthor = "give a file as it would stand in policy.json";

/** The administrator's policy; an empty one where there is no file. One that cannot be read or understood decides nothing, so claw does not start: E_POLICY_INVALID. */
export function readPolicy(path: string): AdminPolicy {
  try {
    return policyOf(path, readFileSync(path), ofAdministrator);
  } catch (cause) {
    if (ClawError.is(cause)) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw invalid(path, ["it cannot be read"], ofAdministrator, cause);
    // An administrator who put a link there wanted a policy, wherever its file has gone.
    if (leadsNowhere(path) || leadsNowhere(dirname(path))) throw invalid(path, ["it is a link that leads nowhere"], ofAdministrator, cause);
    return {};
  }
}

/** A policy that somebody tries before it is installed: E_POLICY_INVALID for one that is not there, too. */
export function readNamedPolicy(path: string): AdminPolicy {
  try {
    return policyOf(path, readFileSync(path), ofAuthor);
  } catch (cause) {
    if (ClawError.is(cause)) throw cause;
    throw invalid(path, [(cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : "it cannot be read"], ofAuthor, cause);
  }
}

function policyOf(path: string, bytes: Uint8Array, fix: string): AdminPolicy {
  let value: unknown;
  try {
    value = parseStrict(bytes, { name: path });
  } catch (cause) {
    throw invalid(path, [(cause as Error).message], fix, cause);
  }
  const problems = validateAdminPolicy(value).map(({ path: key, message }) => (key === "" ? `it ${message}` : `${key}: ${message}`));
  if (problems.length > 0) throw invalid(path, problems, fix);
  return value as AdminPolicy;
}

const leadsNowhere = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink() && statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
};

const invalid = (path: string, problems: readonly string[], fix: string, cause?: unknown): ClawError =>
  new ClawError("E_POLICY_INVALID", `the administrator's policy ${path} is not valid: ${problems[0] ?? ""}`, { policy: path, problems }, { cause, fix });
