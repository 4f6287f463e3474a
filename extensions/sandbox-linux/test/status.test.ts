import { expect, test } from "vitest";
import type { Level } from "../src/arguments.ts";
import { isWalledIn, type Probe } from "../src/probe.ts";
import { reasonsOf } from "../src/reasons.ts";
import { type StatusFacts, statusOf } from "../src/status.ts";

const bubblewrap = { path: "/usr/bin/bwrap", version: "0.8.0", disableUserns: true };
const found = (level: Level | undefined, stderr: string): Probe => ({
  level,
  bubblewrap,
  attempt: { ok: level === "full", stage: "full", stderr, ms: 6.123 },
  kernel: "6.1",
});
const facts: StatusFacts = {
  config: { mode: "workspace-only", required: false, hosts: [], writable: ["/opt/cache"], allow: [], strict: false, debug: false, trustOuterContainer: false },
  required: false,
  hosts: ["registry.test"],
  hidden: ["/home"],
  environment: {},
  since: new Date(0),
};

// What bubblewrap 0.6 to 0.11 prints where it is not let.
test.each([
  ["bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.", "NAMESPACES_REFUSED"],
  ["bwrap: No permissions to create a new namespace, likely because the kernel does not allow non-privileged user namespaces.", "NAMESPACES_REFUSED"],
  ["bwrap: Creating new namespace failed: Operation not permitted", "NAMESPACES_REFUSED"],
  [
    "bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.  bwrap must be installed setuid on such systems.",
    "NAMESPACES_REFUSED",
  ],
  ["bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)", "NAMESPACES_SPENT"],
  ["bwrap: Creating new namespace failed: No space left on device", "NAMESPACES_SPENT"],
  ["bwrap: setting up uid map: Permission denied", "UID_MAP_REFUSED"],
  ["bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "PROC_REFUSED"],
  ["bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "NETWORK_NAMESPACE_REFUSED"],
  ["bwrap: something nobody has seen", "PROBE_FAILED"],
  ["", "PROBE_FAILED"],
])("%j is told as %s", (stderr, code) => {
  const [reason] = reasonsOf(found(undefined, stderr));
  expect(reason).toMatchObject({ code, text: expect.stringMatching(/^[^\n]+[^.\n]$/) });
  if (/^NAMESPACES|UID/.test(code)) expect(reason?.fix).toEqual(expect.any(String));
});

test("a bubblewrap that is not there is told with what installs it", () => {
  const none: Probe = { level: undefined, bubblewrap: undefined, attempt: { ok: false, stage: "find", stderr: "", ms: 0 }, kernel: "6.1" };
  expect(reasonsOf(none)).toMatchObject([{ code: "BWRAP_MISSING", fix: expect.stringContaining("apt install bubblewrap") }]);
  expect(statusOf(none, "unavailable", facts)).toMatchObject({ state: "unavailable", backend: "none", version: { kernel: "6.1" }, network: { mode: "open" } });
});

test("of Landlock alone the status claims no namespace, nothing protected, and no hosts", () => {
  const left: Probe = { ...found(undefined, "bwrap: No permissions to create new namespace"), landlock: { perl: "/usr/bin/perl", abi: 4 } };
  expect(reasonsOf(left).map(({ code }) => code)).toEqual(["NAMESPACES_REFUSED", "LANDLOCK_ONLY"]);
  expect(statusOf(left, "degraded", facts)).toMatchObject({
    backend: "landlock",
    fs: { protected: [], hidden: ["/home"] },
    namespaces: { user: false, pid: false, ipc: false, uts: false, net: false, cgroup: false },
    procMasked: false,
    network: { mode: "open", allowed: [] },
    noNewPrivs: true,
    version: { landlockAbi: 4 },
  });
  expect(statusOf(left, "degraded", { ...facts, hosts: [] }).network).toEqual({ mode: "none", allowed: [] });
  const trusting = { ...facts, config: { ...facts.config, trustOuterContainer: true } };
  expect(statusOf(left, "degraded", trusting).reasons.map(({ code }) => code)).toContain("OUTER_TRUSTED");
});

test("the whole wall has no reason, every other one says what it lacks", () => {
  expect(reasonsOf(found("full", ""))).toEqual([]);
  expect(reasonsOf(found("nested", "bwrap: Can't mount proc")).map(({ code }) => code)).toEqual(["PROC_REFUSED", "PROC_SHARED"]);
  expect(reasonsOf(found("no-net-ns", "bwrap: loopback: Failed RTM_NEWADDR")).map(({ code }) => code)).toEqual(["NETWORK_NAMESPACE_REFUSED", "NETWORK_SHARED"]);
});

test("the status claims what stands, and no more", () => {
  expect(statusOf(found("full", ""), "active", facts)).toMatchObject({
    backend: "bwrap",
    fs: { mode: "workspace-only", writable: ["the session's folders", "/opt/cache"], hidden: ["/home"] },
    namespaces: { user: true, net: true },
    procMasked: true,
    network: { mode: "proxy", allowed: ["registry.test"] },
    seccomp: "default",
    noNewPrivs: true,
    reasons: [],
    since: "1970-01-01T00:00:00.000Z",
  });
  expect(statusOf(found("nested", ""), "active", facts)).toMatchObject({ backend: "bwrap-nested", procMasked: false });
  expect(statusOf(found("no-net-ns", ""), "degraded", facts)).toMatchObject({ namespaces: { net: false }, network: { mode: "none", allowed: [] } });
  expect(statusOf(found("full", ""), "active", { ...facts, hosts: [], config: { ...facts.config, strict: true } })).toMatchObject({
    network: { mode: "none" },
    seccomp: "strict",
  });
});

test.each(["off", "inherited", "unavailable"] as const)("where it is %s, no wall is claimed", (state) => {
  expect(statusOf(found(undefined, "x"), state, facts)).toMatchObject({
    state,
    backend: "none",
    fs: { mode: "off", writable: [], hidden: [], protected: [] },
    namespaces: { user: false, pid: false, ipc: false, uts: false, net: false, cgroup: false },
    procMasked: false,
    network: { mode: "open", allowed: [] },
    seccomp: "none",
    noNewPrivs: false,
    envFiltered: false,
  });
});

test("a container that is trusted is said to be the person's word", () => {
  const trusting = { ...facts, config: { ...facts.config, trustOuterContainer: true } };
  expect(statusOf(found(undefined, "x"), "unavailable", trusting).reasons.map(({ code }) => code)).toContain("OUTER_TRUSTED");
  expect(statusOf(found("full", ""), "active", trusting).reasons).toEqual([]);
});

test("signs of a container are told, and decide nothing", () => {
  const environment = { container: "docker", KUBERNETES_SERVICE_HOST: "x", CLAW_SANDBOX: "1" };
  const status = statusOf(found("full", ""), "active", { ...facts, environment });
  expect(status.nesting.markers).toEqual(expect.arrayContaining(["container", "KUBERNETES_SERVICE_HOST", "CLAW_SANDBOX"]));
  expect({ ...status, nesting: 0 }).toEqual({ ...statusOf(found("full", ""), "active", facts), nesting: 0 });
  expect(isWalledIn()).toBe(false);
});
