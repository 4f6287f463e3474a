import type { SandboxStatus } from "@claw/kernel";
import type { Probe } from "./probe.ts";

type Reason = SandboxStatus["reasons"][number];

const install: Reason = {
  code: "BWRAP_MISSING",
  text: "bubblewrap is not installed",
  fix: "install it: apt install bubblewrap, dnf install bubblewrap, apk add bubblewrap, pacman -S bubblewrap",
};

const onlyLandlock: Reason = {
  code: "LANDLOCK_ONLY",
  text: "Landlock keeps programs to the session's folders and off the internet; inside these folders, and from the processes of the machine, it keeps nothing",
};

/** What bubblewrap says, what that means, and what helps. The first that fits counts. */
const meanings: readonly (readonly [RegExp, Reason])[] = [
  [
    /No permissions to create(?: a)? new namespace|Creating new namespace failed: (?:Operation not permitted|Permission denied)|unshare.*not permitted|does not support user namespaces/i,
    {
      code: "NAMESPACES_REFUSED",
      text: "this system lets programs make no user namespaces",
      fix: "sysctl kernel.unprivileged_userns_clone=1; on Ubuntu an AppArmor profile for /usr/bin/bwrap, or kernel.apparmor_restrict_unprivileged_userns=0; in Docker --security-opt seccomp=unconfined",
    },
  ],
  [
    /No space left on device|ENOSPC|max_user_namespaces/i,
    {
      code: "NAMESPACES_SPENT",
      text: "no further user namespace may be made here",
      fix: "raise sysctl user.max_user_namespaces; inside another sandbox there is nothing to be done",
    },
  ],
  [
    /setting up uid map|uid_map/i,
    { code: "UID_MAP_REFUSED", text: "the user namespace could not be set up", fix: "an AppArmor profile for /usr/bin/bwrap that allows userns" },
  ],
  [/Can't mount proc|mount proc/i, { code: "PROC_REFUSED", text: "a /proc of its own cannot be mounted, as in a container that hides parts of it" }],
  [/RTM_NEWADDR|loopback|net_admin/i, { code: "NETWORK_NAMESPACE_REFUSED", text: "a network of its own cannot be set up" }],
];

/** Why the wall is not the whole one, with what helps. */
export function reasonsOf({ level, bubblewrap, landlock, attempt }: Probe): readonly Reason[] {
  const left = landlock === undefined ? [] : [onlyLandlock];
  if (bubblewrap === undefined) return [install, ...left];
  if (level === "full") return [];
  const stated = attempt.stderr;
  const [, meaning] = meanings.find(([pattern]) => pattern.test(stated)) ?? [];
  const first = meaning ?? {
    code: "PROBE_FAILED",
    text: `bubblewrap failed: ${stated === "" ? "without a word" : (stated.split("\n")[0] ?? "").replace(/\.$/, "")}`,
  };
  switch (level) {
    case "nested":
      return [first, { code: "PROC_SHARED", text: "programs inside see the processes around them: start claw without secrets in its environment" }];
    case "no-net-ns":
      return [
        first,
        {
          code: "NETWORK_SHARED",
          text: "no network of its own can be had for programs: the filter of system calls keeps them off the internet, allowed hosts too, and abstract unix sockets of the machine stay in reach",
        },
      ];
    default:
      return [first, ...left];
  }
}
