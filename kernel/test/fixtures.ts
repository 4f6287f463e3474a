import { type Contract, type Extension, type HookName, Tools, defineExtension } from "@claw/kernel";
import type { HookDeclaration, Manifest } from "@claw/kernel/host";
import type { TestExtension } from "@claw/testing";

type Run = (input: Readonly<Record<string, unknown>>, call: { readonly signal: AbortSignal }) => Promise<unknown>;

/** An extension with one tool of its name. */
export function toolExtension(name: string, run: Run, about: Readonly<Record<string, unknown>> = {}): TestExtension {
  const manifest: Manifest = {
    name: `test/${name.replaceAll("_", "-")}`, version: "1.0.0", engines: { claw: "^1.0.0" }, main: "./dist/index.mjs", permissions: {},
    provides: { tool: { [name]: { description: `The tool ${name}`, effect: "read", input: { type: "object" }, ...about } } },
  };
  return { manifest, extension: defineExtension<Contract>((claw) => claw.provide(Tools, name, run as never)) as Extension };
}

/** An extension that taps one stage of one event. */
export function tapExtension(name: string, event: HookName, stage: string, tap: (event: never, signal: AbortSignal) => unknown, declaration: HookDeclaration = {}): TestExtension {
  const manifest: Manifest = {
    name: `test/${name}`, version: "1.0.0", engines: { claw: "^1.0.0" }, main: "./dist/index.mjs", permissions: {},
    hooks: { [event]: { [stage]: declaration } },
  };
  const extension: Extension = { api: 1, activate: (claw) => (claw.on as (event: string, stage: string, tap: unknown) => void)(event, stage, tap) };
  return { manifest, extension };
}
