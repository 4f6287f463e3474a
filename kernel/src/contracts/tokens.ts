import type { Cassette } from "./cassette.ts";
import type { Compactor, SystemPrompt } from "./compactor.ts";
import type { Asker, Command, Frontend } from "./frontend.ts";
import type { Http } from "./http.ts";
import type { McpAuthorization, McpAuthorizationHost, McpServers } from "./mcp.ts";
import type { ModelProvider, Models } from "./model.ts";
import type { Classifier, Permissions } from "./permission.ts";
import type { Processes } from "./process.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Secrets } from "./secrets.ts";
import type { SessionStore } from "./session.ts";
import type { Settings } from "./settings.ts";
import type { ShellAnalysis, ShellTightening } from "./shell.ts";
import type { Exporter } from "./telemetry.ts";
import type { Tool } from "./tool.ts";
import type { TransportFactory } from "./transport.ts";
import type { View } from "./view.ts";
import type { Workspace } from "./workspace.ts";

/** A typed key with many named values. Compared by `id`, so that two copies of this module in two bundles agree. */
export interface Slot<K extends string, T> {
  readonly kind: "slot";
  readonly id: K;
  /** The version of the contract `T`. */
  readonly version: number;
  readonly _type?: T;
}

/** A typed key with one value. */
export interface Service<K extends string, T> {
  readonly kind: "service";
  readonly id: K;
  readonly version: number;
  readonly _type?: T;
}

/** Makes a slot's token: `slot<Tool>()("tool")`. The type is given, the name is inferred. */
export const slot =
  <T>() =>
  <const K extends string>(id: K, version: number = 1): Slot<K, T> => ({ kind: "slot", id, version });

/** Makes a service's token. A third party's own service is `service<Quota>()("acme/quota")`. */
export const service =
  <T>() =>
  <const K extends string>(id: K, version: number = 1): Service<K, T> => ({ kind: "service", id, version });

// A tool's input type is its own: `never` lets every Tool<I> be given.
export const Tools: Slot<"tool", Tool<never>> = slot<Tool<never>>()("tool");
export const Providers: Slot<"provider", ModelProvider> = slot<ModelProvider>()("provider");
export const Classifiers: Slot<"classifier", Classifier> = slot<Classifier>()("classifier");
export const Commands: Slot<"command", Command> = slot<Command>()("command");
export const Frontends: Slot<"frontend", Frontend> = slot<Frontend>()("frontend");
export const Views: Slot<"view", View> = slot<View>()("view");
export const Transports: Slot<"transport", TransportFactory> = slot<TransportFactory>()("transport");
export const Exporters: Slot<"exporter", Exporter> = slot<Exporter>()("exporter");
/** Entries are facts of manifests alone: nothing is woken for them. */
export const ShellSpecs: Slot<"shell-spec", ShellTightening> = slot<ShellTightening>()("shell-spec");

export const ModelsService: Service<"models", Models> = service<Models>()("models");
export const WorkspaceService: Service<"workspace", Workspace> = service<Workspace>()("workspace");
export const ProcessesService: Service<"processes", Processes> = service<Processes>()("processes");
export const HttpService: Service<"http", Http> = service<Http>()("http");
export const SecretsService: Service<"secrets", Secrets> = service<Secrets>()("secrets");
export const SessionStoreService: Service<"session-store", SessionStore> = service<SessionStore>()("session-store");
export const CompactorService: Service<"compactor", Compactor> = service<Compactor>()("compactor");
export const SystemPromptService: Service<"system-prompt", SystemPrompt> = service<SystemPrompt>()("system-prompt");
export const PermissionsService: Service<"permissions", Permissions> = service<Permissions>()("permissions");
export const SandboxService: Service<"sandbox", Sandbox> = service<Sandbox>()("sandbox");
export const ShellAnalysisService: Service<"shell-analysis", ShellAnalysis> = service<ShellAnalysis>()("shell-analysis");
export const CassetteService: Service<"cassette", Cassette> = service<Cassette>()("cassette");
export const McpService: Service<"mcp", McpServers> = service<McpServers>()("mcp");
export const McpAuthorizationService: Service<"mcp-authorization", McpAuthorization> = service<McpAuthorization>()("mcp-authorization");
export const McpAuthorizationHostService: Service<"mcp-authorization-host", McpAuthorizationHost> = service<McpAuthorizationHost>()("mcp-authorization-host");
/** Given by the kernel: forwards to the front-end that is running. */
export const AskerService: Service<"asker", Asker> = service<Asker>()("asker");
/** Given by the host: where each value of the configuration comes from. */
export const SettingsService: Service<"settings", Settings> = service<Settings>()("settings");
/** Given by the host: where things are on this machine, and what the command line decided for all. */
export const HostService: Service<"host", Host> = service<Host>()("host");

/** Service `host`. Paths are absolute; the folders may not exist yet. */
export interface Host {
  /** The version of claw. */
  readonly version: string;
  readonly folders: {
    readonly config: string;
    readonly data: string;
    readonly state: string;
    readonly cache: string;
    /** The person's home folder, when there is one. */
    readonly home?: string;
    /** The folder of programs that come with claw, first on every PATH. */
    readonly bin: string;
  };
  /** True if sockets may only be opened to this machine. */
  readonly offline: boolean;
  /** The real environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the folder of a session is trusted: nothing of an untrusted one is executed or obeyed. */
  readonly trusted: boolean;
  /** Whether a person is at a terminal; absent means that nobody is known to be. */
  readonly interactive?: boolean;
  now(): Date;
}
