import { statSync } from "node:fs";
import type { AdminPolicy } from "@claw/kernel/host";
import { type Environment, managedPolicyPath } from "./paths.ts";

/** The administrator's policy. Only where there certainly is no file it is empty: one that cannot be looked at is read, and refused. */
export async function managedPolicy(environment: Environment, platform: string): Promise<AdminPolicy> {
  const path = managedPolicyPath(environment, platform);
  return isAbsent(path) ? {} : (await import("./policy-file.ts")).readPolicy(path);
}

function isAbsent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
