import type { Manifest } from "./manifest.ts";
import type { DeclaredTap } from "../hooks/bus.ts";

/** How far an extension's code is trusted (extensions.md §4.3). */
export type Tier = "declarative" | "trusted" | "isolated" | "wasm";

/** An extension that could be loaded: its manifest, and where it came from. */
export interface Available {
  readonly manifest: Manifest;
  readonly tier: Tier;
  /** For people: `bundled`, `user`, `dev`. */
  readonly origin: string;
}

/** A profile and settings, merged: which extensions, which owner of a name, which config. */
export interface Choice {
  /** Name to version range, in the profile's order. */
  readonly extensions: Readonly<Record<string, string>>;
  readonly without: readonly string[];
  /** `tool:read_file` and the like to the extension that shall own it. */
  readonly prefer: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface PlannedExtension {
  readonly id: string;
  readonly manifest: Manifest;
  readonly tier: Tier;
  readonly origin: string;
  readonly order: number;
  /** Checked against the manifest's schema, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Names it declares and does not own here, as `slot:name`. */
  readonly yielded: readonly string[];
}

export interface HeldBack {
  readonly extension: string;
  readonly why: string;
  /** The line or command that would settle it. */
  readonly fix?: string;
  readonly code: "not-installed" | "version" | "engine" | "clash" | "missing-service" | "cycle" | "config" | "platform";
}

/** Everything static, decided before any code runs. */
export interface Plan {
  readonly extensions: readonly PlannedExtension[];
  readonly heldBack: readonly HeldBack[];
  /** Things worth saying that hold nothing back. */
  readonly notices: readonly string[];
  /** `slot:name` to the extension that owns it; tool aliases and flags too. */
  readonly owners: ReadonlyMap<string, string>;
  readonly taps: readonly DeclaredTap[];
}
