import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import type { AdminPolicy } from "@claw/kernel/host";
import { type Environment, managedPolicyPath } from "./paths.ts";

/** The administrator's policy. Only where there certainly is no file it is empty: one that cannot be looked at is read, and refused. */
export async function managedPolicy(environment: Environment, platform: string): Promise<AdminPolicy> {
  const path = managedPolicyPath(environment, platform);
  return isAbsent(path) ? {} : (await import("./policy-file.ts")).readPolicy(path);
}

/** A link is there, even one that leads nowhere. */
function isAbsent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined && lstatSync(dirname(path), { throwIfNoEntry: false })?.isSymbolicLink() !== true;
  } catch {
    return false;
  }
}
