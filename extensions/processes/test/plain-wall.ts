import type { Launch, Sandbox, SandboxDenial, SandboxPolicy, SandboxState } from "@claw/kernel";
import { noneStatus } from "../src/sandbox-view.ts";

export interface PlainWall extends Sandbox {
  /** What was asked for, in order. */
  readonly policies: readonly SandboxPolicy[];
  /** How many launches were taken down. */
  readonly ended: () => number;
}

export interface WallParts {
  /** Stands before the program's own argv. */
  readonly front?: readonly string[];
  readonly backend?: string;
  readonly descriptors?: readonly number[];
  readonly denials?: readonly SandboxDenial[];
  /** Whether nothing may run without it. */
  readonly required?: boolean;
  readonly state?: SandboxState;
}

/** Service `sandbox` that keeps nothing in: the program is started by another one, as by a real wall. */
export function plainWall({
  front = ["/usr/bin/env", "--"],
  backend = "test",
  descriptors = [],
  denials = [],
  required = false,
  state = "active",
}: WallParts = {}): PlainWall {
  const policies: SandboxPolicy[] = [];
  let ended = 0;
  return {
    policies,
    ended: () => ended,
    status: async () => ({ ...noneStatus(process.platform, "", new Date(0)), state, required }),
    async prepare(command, policy): Promise<Launch> {
      policies.push(policy);
      return {
        command: [...front, ...command],
        environment: policy.environment,
        cwd: policy.cwd,
        descriptors,
        backend,
        denials: () => denials,
        [Symbol.asyncDispose]: async () => void (ended += 1),
      };
    },
  };
}
