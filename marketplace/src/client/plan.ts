import type { LockEntry, PluginStep } from "@claw/kernel/host";
import type { Offer } from "./catalogue.ts";

/** Something that a person has to agree to before a plan is carried out. */
export interface Ask {
  /**
   * `permissions`: what it asks for is new. `trust`: its code runs in claw's process, so its name has to be typed. `change`: an update changes what was agreed to.
   * `publisher`: somebody else signs it now. `unsigned`: nobody signs it. `similar`: its name is very like a better known one's.
   */
  readonly kind: "permissions" | "trust" | "change" | "publisher" | "unsigned" | "similar";
  /** One sentence. */
  readonly text: string;
  /** With `similar`: the better known name. */
  readonly of?: string;
}

/** One package of a plan. */
export interface PlannedPackage {
  /** As the plugin events tell of it. */
  readonly step: PluginStep;
  readonly offer: Offer;
  /** What is installed under the name now. */
  readonly installed: LockEntry | undefined;
  readonly requestedBy: readonly string[];
  /** Who signs it, in words. */
  readonly publisher: string;
  /** What it asks for, in words, one permission each. */
  readonly permissions: readonly string[];
  /** What is different from what is installed, in words. */
  readonly differences: readonly string[];
  readonly asks: readonly Ask[];
  readonly warnings: readonly string[];
  /** Hours since it was published, when that is known. */
  readonly ageHours?: number;
  /** How long ago it must have been signed, where its signature says when. */
  readonly minAgeHours?: number;
}

/** What a command is going to do. Nothing but the marketplaces' state has been written. */
export interface InstallPlan {
  readonly packages: readonly PlannedPackage[];
  /** Names that are there already, as they were asked for. */
  readonly unchanged: readonly string[];
  /** What the short names among those asked for came to mean. */
  readonly meant?: Readonly<Record<string, string>>;
  /** For a project: its workspace key. */
  readonly workspace?: string;
}
