import type { SandboxState, SandboxStatus, ViewNode } from "@claw/kernel";

/** 0 where programs are contained, or where the person took the wall away; 1 where there is none, or only part of one. */
export const statusCode = (state: SandboxState): number => (state === "unavailable" || state === "degraded" ? 1 : 0);

/** What a claw without any sandbox for its platform answers. */
export const noneStatus = (platform: string, kernel: string, now: Date): SandboxStatus => ({
  state: "unavailable",
  backend: "none",
  required: false,
  fs: { mode: "off", writable: [], hidden: [], protected: [] },
  namespaces: { user: false, pid: false, ipc: false, uts: false, net: false, cgroup: false },
  procMasked: false,
  network: { mode: "open", allowed: [] },
  seccomp: "none",
  noNewPrivs: false,
  envFiltered: true,
  nesting: { markers: [], initialUserNamespace: true, probe: { ok: false, stage: "none", stderr: "", ms: 0 } },
  reasons: [
    {
      code: "NO_SANDBOX",
      text: `no extension in use provides a sandbox for ${platform}`,
      fix: "use a profile that has one, or treat every command as if it had your own rights",
    },
  ],
  version: { kernel },
  since: now.toISOString(),
});

const states: Readonly<Record<SandboxState, string>> = {
  active: "active: programs run inside it",
  degraded: "degraded: only part of the wall stands, which counts as none wherever one is needed",
  inherited: "inherited: claw itself runs inside one",
  off: "off: the settings take it away",
  unavailable: "unavailable: programs run with your own rights",
};

const networks: Readonly<Record<SandboxStatus["network"]["mode"], string>> = {
  none: "none",
  proxy: "through a proxy that lets listed hosts pass",
  advisory: "asked by environment variables to use a proxy; a program may ignore that",
  open: "open",
};

/** The status for people. */
export function statusView(status: SandboxStatus): readonly ViewNode[] {
  const { fs, network, namespaces, version, nesting } = status;
  const walls = Object.entries(namespaces).flatMap(([name, isApart]) => (isApart ? [name] : []));
  const rows: readonly (readonly [string, string])[] = [
    ["state", states[status.state]],
    [
      "kind",
      [
        status.backend,
        version.bwrap === undefined ? "" : `bubblewrap ${version.bwrap}`,
        version.landlockAbi === undefined ? "" : `Landlock ${version.landlockAbi}`,
        `kernel ${version.kernel}`,
      ]
        .filter((part) => part !== "")
        .join(", "),
    ],
    ["files", fs.mode],
    ["may write", listed(fs.writable)],
    ["hidden", listed(fs.hidden)],
    ["protected", listed(fs.protected)],
    ...(status.backend.startsWith("bwrap") ? [["seen inside", "an empty file or folder for a protected name that is not there"] as const] : []),
    ["network", [networks[network.mode], ...(network.allowed.length === 0 ? [] : [listed(network.allowed)])].join(": ")],
    ["apart", listed(walls)],
    ["other programs", status.procMasked ? "out of sight" : "in sight"],
    ["system calls", status.seccomp === "none" ? "all" : `filtered (${status.seccomp})`],
    ["new privileges", status.noNewPrivs ? "impossible" : "possible"],
    ["required", status.required ? "yes: nothing runs without it" : "no"],
    ["probe", `${nesting.probe.ok ? "passed" : `failed at ${nesting.probe.stage}`}, ${nesting.probe.ms} ms, ${status.since}`],
    ...(nesting.markers.length === 0 ? [] : [["signs of a container", listed(nesting.markers)] as const]),
  ];
  return [
    { type: "table", columns: ["sandbox", ""], rows },
    ...status.reasons.map(({ text, fix }): ViewNode => ({
      type: "status",
      level: statusCode(status.state) === 0 ? "info" : "warning",
      text: fix === undefined ? text : `${text}; ${fix}`,
    })),
  ];
}

const listed = (items: readonly string[]): string => (items.length === 0 ? "nothing" : items.join(", "));
