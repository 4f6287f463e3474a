/** The host's door: what the command line, the marketplace, tests and embedders build a kernel with. */
export * from "./index.ts";
export { createKernel, type Kernel, type KernelOptions } from "./kernel.ts";
export type { Limits } from "./turn/host.ts";
export { history } from "./turn/history.ts";
export { type CheckedConfig, type ConfigProblem, checkConfig, nearest } from "./extension/config.ts";
export type { ConfigSchema, Contribution, HookDeclaration, Manifest } from "./extension/manifest.ts";
export { usesOf } from "./extension/manifest.ts";
export { type Flag, flagsOf, namesOf } from "./extension/names.ts";
export type { Available, Choice, HeldBack, Plan, PlannedExtension, Tier } from "./extension/plan.ts";
export { inRange } from "./extension/range.ts";
export { type ResolveInput, resolve } from "./extension/resolve.ts";
export type { Fault } from "./extension/fault.ts";
export type { Wake } from "./extension/trace.ts";
export type { Holding } from "./registry/scope.ts";
export type { PluginHooks } from "./install.ts";
export { hookNames, hookTable } from "./hooks/table.ts";
