/** How far the programs that a call starts may reach. */
export type Containment =
  /** As far as the person's own programs: no wall. */
  { readonly type: "free" } | Contained;

/** Absolute real paths, files and folders with all that is in them. */
export interface DeniedPaths {
  /** Neither read nor written. */
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export interface Contained {
  readonly type: "contained";
  /** Hosts it may reach, `host` or `*.host`, with `:port` where it is not 443 or 80; `"any"` takes the network wall away. */
  readonly hosts: readonly string[] | "any";
  /** Absolute paths outside the session's folders that it may write, too. */
  readonly writable: readonly string[];
  /** Absolute paths in hidden places that it may read. */
  readonly readable: readonly string[];
  /** What rules deny it, even in the session's folders, as it is on the disk when the call is judged. */
  readonly denied?: DeniedPaths;
  /** Whether it was proven to only read: then the session's folders are there to be read alone. */
  readonly onlyReads?: boolean;
  /** Whether it was allowed only because of the wall: without one it must not start. */
  readonly required: boolean;
}

export type SandboxMode = "off" | "workspace-only" | "allow-list";

/** What one program is given a wall for. */
export interface SandboxPolicy {
  /** Absolute: where it starts. */
  readonly cwd: string;
  /** The session's folders, absolute. */
  readonly roots: readonly string[];
  /** The session's folder of spilled output: readable. */
  readonly scratch?: string;
  /** Absolute paths, files or folders, whose content it must not see: what `.agentsignore` and deny rules name. */
  readonly hidden: readonly string[];
  /** Absolute paths, files or folders, that it must not write: what deny rules name. */
  readonly unwritable?: readonly string[];
  readonly contained: Contained;
  /** Overrides the mode of the settings. */
  readonly mode?: SandboxMode;
  /** The clean environment it would have without a wall. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Something the wall refused, as far as it was seen. */
export interface SandboxDenial {
  readonly type: "host" | "path";
  readonly what: string;
  readonly why: string;
}

/** A program ready to start inside the wall. Disposing takes down what was put up for it, once it has ended. */
export interface Launch extends AsyncDisposable {
  /** argv; the first is absolute. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Descriptors of this process that it is given as 3, 4, … in this order; `ignore` where it is given none. */
  readonly descriptors: readonly (number | "ignore")[];
  readonly backend: string;
  /** What was refused so far. */
  denials(): readonly SandboxDenial[];
}

export type SandboxState = "active" | "degraded" | "inherited" | "off" | "unavailable";

/** Only what a probe showed. `degraded` counts as no wall wherever one is needed. */
export interface SandboxStatus {
  readonly state: SandboxState;
  readonly backend: "bwrap" | "bwrap-nested" | "landlock" | "seatbelt" | "none";
  readonly required: boolean;
  readonly fs: {
    readonly mode: SandboxMode;
    readonly writable: readonly string[];
    readonly hidden: readonly string[];
    readonly protected: readonly string[];
  };
  readonly namespaces: {
    readonly user: boolean;
    readonly pid: boolean;
    readonly ipc: boolean;
    readonly uts: boolean;
    readonly net: boolean;
    readonly cgroup: boolean;
  };
  /** Whether the programs inside see no others. */
  readonly procMasked: boolean;
  /** `advisory`: by environment variables alone, which a program may ignore. */
  readonly network: { readonly mode: "none" | "proxy" | "advisory" | "open"; readonly allowed: readonly string[] };
  readonly seccomp: "default" | "strict" | "none";
  readonly noNewPrivs: boolean;
  readonly envFiltered: boolean;
  readonly nesting: {
    /** Signs of a container. Text for people: nothing is decided by them. */
    readonly markers: readonly string[];
    readonly initialUserNamespace: boolean;
    readonly probe: { readonly ok: boolean; readonly stage: string; readonly stderr: string; readonly ms: number };
  };
  readonly reasons: readonly { readonly code: string; readonly text: string; readonly fix?: string }[];
  readonly version: { readonly bwrap?: string; readonly kernel: string; readonly landlockAbi?: number };
  /** ISO time of the probe. */
  readonly since: string;
}

/** Service `sandbox`: puts a wall around programs. */
export interface Sandbox {
  /** Probes once; a failed launch probes again. */
  status(signal: AbortSignal): Promise<SandboxStatus>;
  /**
   * The program inside a wall, or undefined where there is none to be had and none is asked for. Throws SANDBOX_REQUIRED
   * where one is required, by the settings or by `contained.required`, and SANDBOX_FAILED where a policy cannot be kept.
   */
  prepare(command: readonly string[], policy: SandboxPolicy, signal: AbortSignal): Promise<Launch | undefined>;
}
