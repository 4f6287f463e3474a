import type { Contract } from "./contract.gen.ts";
import type { DialectName } from "./dialects.ts";
import data from "./presets.json" with { type: "json" };

/** One endpoint of the config. */
export type EndpointConfig = Partial<Contract["config"]["endpoints"][string]>;
export type Wire = NonNullable<EndpointConfig["wire"]>;
export type KeyName = Exclude<NonNullable<EndpointConfig["key"]>, "none">;

/** A server or a vendor that is well known. */
export interface Preset {
  readonly title: string;
  readonly url: string;
  /** Environment variables that say where it is instead, the first that is set. */
  readonly env: readonly string[];
  readonly wire: Wire;
  /** The secret that is its key; a server of one's own has none. */
  readonly key?: KeyName;
  /** Where to get a key. */
  readonly keys?: string;
  /** How it is asked what its models are. */
  readonly server: ServerKind;
  /** The command that starts it, if it runs on this machine. */
  readonly start?: string;
  readonly toolText: DialectName;
  /** Whether it may be asked what a reply cost; it is when absent. */
  readonly streamUsage?: boolean;
  /** Whether it refuses what it said without a field for what it thought. */
  readonly wantsThoughts?: boolean;
}

/** What tells of a server's models: a list only, or what one kind of server has besides. */
export type ServerKind = "list" | "ollama" | "llamacpp" | "lmstudio";

/** Well-known servers and vendors, by the name of their provider. */
export const presets: ReadonlyMap<string, Preset> = new Map(Object.entries(data as Readonly<Record<string, Preset>>));
