import { mkdtempSync, rmSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "@claw/kernel";
import { type EmbedOptions, type EmbeddedExtension, type Kernel, embedKernel } from "@claw/kernel/host";
import { memoryStore } from "@claw/testing";
import anthropicManifest from "../../extensions/anthropic/extension.json" with { type: "json" };
import anthropic from "../../extensions/anthropic/src/index.ts";
import routerManifest from "../../extensions/model-router/extension.json" with { type: "json" };
import router from "../../extensions/model-router/src/index.ts";

/** Extensions are modules like others: a manifest and a default export. */
export const embedded = (manifest: object, extension: object): EmbeddedExtension => ({ manifest, extension }) as EmbeddedExtension;

export const models = [embedded(anthropicManifest, anthropic), embedded(routerManifest, router)];

export interface Program extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly folder: string;
}

/**
 * A kernel as another program makes one: every part is given. The environment is empty, the key comes from where the program keeps
 * its keys, requests go through its own `fetch`, sessions stay in memory.
 */
export function program(
  options: Partial<Omit<EmbedOptions, "services">> & {
    readonly keys?: Readonly<Record<string, string>>;
    readonly fetch?: typeof fetch;
    readonly services?: Readonly<Record<string, unknown>>;
    readonly environment?: Host["environment"];
  } = {},
): Program {
  const { keys = {}, fetch: own = fetch, services = {}, environment = {}, ...rest } = options;
  const folder = mkdtempSync(join(tmpdir(), "embedding-"));
  const host: Host = {
    version: "1.0.0",
    offline: false,
    trusted: false,
    environment,
    folders: { config: folder, data: folder, state: folder, cache: folder, bin: folder },
    now: () => new Date(),
  };
  const kernel = embedKernel({
    extensions: models,
    host,
    platform: process.platform,
    id: randomUUID,
    ...rest,
    // claw's own http instead of the program's, where it is among the extensions.
    services: {
      ...(rest.extensions?.some(({ manifest }) => manifest.name === "claw/http") === true ? {} : { http: { fetch: own } }),
      secrets: { get: async (name: string) => keys[name] },
      "session-store": memoryStore(folder),
      ...services,
    },
  });
  return {
    kernel,
    folder,
    async [Symbol.asyncDispose]() {
      await kernel.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const never = (): AbortSignal => new AbortController().signal;
export const text = (said: string): { readonly type: "text"; readonly text: string } => ({ type: "text", text: said });
