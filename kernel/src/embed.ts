import type { Asker } from "./contracts/frontend.ts";
import type { Host } from "./contracts/tokens.ts";
import type { Extension } from "./define.ts";
import { ClawError } from "./errors.ts";
import type { Manifest } from "./extension/manifest.ts";
import type { Available, Choice } from "./extension/plan.ts";
import { resolve } from "./extension/resolve.ts";
import { createKernel, type Kernel, type KernelOptions } from "./kernel.ts";

/** An extension as a module of the embedding program: its manifest and its default export. */
export interface EmbeddedExtension {
  readonly manifest: Manifest;
  readonly extension: Extension;
  /** Trusted when absent: it is the embedder's own code. */
  readonly tier?: Available["tier"];
}

export interface EmbedOptions extends Pick<KernelOptions, "id" | "limits" | "tools" | "log"> {
  /** In order; what is not here does not exist. */
  readonly extensions: readonly EmbeddedExtension[];
  /** By extension; checked against its manifest, and from nowhere else: no settings file, no environment. */
  readonly config?: Choice["config"];
  readonly prefer?: Choice["prefer"];
  /** Everything of the machine that extensions may know. Its environment is the one given here. */
  readonly host: Host;
  /** The embedder's own services, by id: `http`, `session-store`, `permissions`. An extension that gives one of them too is held back. */
  readonly services?: Readonly<Record<string, unknown>>;
  /** A value of `process.platform`. */
  readonly platform: string;
  /** Milliseconds from anywhere, for durations; the host's time when absent. */
  readonly clock?: () => number;
  readonly asker?: Asker;
  /** Goes on without extensions that cannot be loaded, which are in `kernel.plan.heldBack`; throws EXTENSION_HELD_BACK when absent. */
  readonly lenient?: boolean;
}

/** A kernel inside another program: what it is given is all there is. */
export function embedKernel(options: EmbedOptions): Kernel {
  const { extensions, host, services = {}, config = {}, prefer = {}, limits, tools, log, asker } = options;
  const all: Readonly<Record<string, unknown>> = { ...services, host };
  const byName = new Map(extensions.map((one) => [one.manifest.name, one]));
  const plan = resolve({
    choice: {
      extensions: Object.fromEntries([...byName.keys()].map((name) => [name, "*"])),
      without: [],
      prefer,
      config,
    },
    available: new Map([...byName].map(([name, { manifest, tier = "trusted" }]) => [name, { manifest, tier, origin: "embedded" }])),
    platform: options.platform,
    version: host.version,
    given: new Set([...Object.keys(all), "asker"]),
  });
  const [held] = plan.heldBack;
  if (held !== undefined && options.lenient !== true) {
    throw new ClawError("EXTENSION_HELD_BACK", `${held.extension} is held back: ${held.why}`, held, held.fix === undefined ? {} : { fix: held.fix });
  }
  const kernel = createKernel({
    plan,
    services: all,
    version: host.version,
    now: () => host.now(),
    clock: options.clock ?? (() => host.now().getTime()),
    id: options.id,
    load: async ({ id }) => byName.get(id)?.extension,
    ...(limits === undefined ? {} : { limits }),
    ...(tools === undefined ? {} : { tools }),
    ...(log === undefined ? {} : { log }),
    ...(host.folders.home === undefined ? {} : { home: host.folders.home }),
  });
  kernel.setAsker(asker);
  return kernel;
}
