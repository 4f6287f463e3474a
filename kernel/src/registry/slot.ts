import { ClawError } from "../errors.ts";
import type { SlotView } from "../define.ts";
import { deepFreeze } from "../plain-data.ts";

/** What a manifest says of one entry of a slot. */
export type About = Readonly<Record<string, unknown>>;

interface Entry {
  readonly owner: string;
  about: About;
  value?: unknown;
}

/** Named values with owners. Asking for a value wakes its owner. */
export class SlotRegistry {
  readonly #slots = new Map<string, Map<string, Entry>>();
  readonly #wake: (extension: string, why: string) => Promise<void>;
  readonly #isAwake: (extension: string) => boolean;

  /** A value counts once its owner has come through its activation. */
  constructor(wake: (extension: string, why: string) => Promise<void>, isAwake: (extension: string) => boolean = () => true) {
    this.#wake = wake;
    this.#isAwake = isAwake;
  }

  /** Makes a name known, before any code of its owner runs. */
  declare(slot: string, name: string, owner: string, about: About): void {
    this.#slotOf(slot).set(name, { owner, about: deepFreeze(about) });
  }

  /** Gives a declared name its value; with `about`, a name that is known only now, which may be given anew. A name that another extension owns is refused. */
  fill(slot: string, name: string, owner: string, value: unknown, about?: About): () => void {
    const entries = this.#slotOf(slot);
    const known = entries.get(name);
    if (known !== undefined && known.owner !== owner) {
      throw new ClawError("E_ID_CLASH", `${owner}: ${slot} "${name}" belongs to ${known.owner}`, { name: `${slot}:${name}` });
    }
    if (known !== undefined && "value" in known && about === undefined)
      throw new ClawError("E_ID_CLASH", `${owner} gives ${slot} "${name}" twice`, { name: `${slot}:${name}` });
    const entry: Entry = known ?? { owner, about: {} };
    entry.value = value;
    if (about !== undefined) entry.about = deepFreeze(about);
    entries.set(name, entry);
    return () => {
      if (about !== undefined) entries.delete(name);
      else delete entry.value;
    };
  }

  names(slot: string): readonly string[] {
    return [...(this.#slots.get(slot)?.keys() ?? [])];
  }

  about(slot: string, name: string): About | undefined {
    return this.#slots.get(slot)?.get(name)?.about;
  }

  owner(slot: string, name: string): string | undefined {
    return this.#slots.get(slot)?.get(name)?.owner;
  }

  /** The value, once its owner is awake; undefined when nobody declares the name. */
  async get(slot: string, name: string): Promise<unknown> {
    const entry = this.#slots.get(slot)?.get(name);
    if (entry === undefined) return undefined;
    if (!("value" in entry) || !this.#isAwake(entry.owner)) await this.#wake(entry.owner, `${slot} ${name}`);
    if (!("value" in entry)) {
      throw new ClawError("EXTENSION_FAILED", `${entry.owner} declares ${slot} "${name}" but does not provide it`, {
        extension: entry.owner,
        at: `${slot} ${name}`,
      });
    }
    return entry.value;
  }

  view<T>(slot: string): SlotView<T> {
    const names = (): readonly string[] => this.names(slot);
    return {
      get names() {
        return names();
      },
      owner: (name) => this.owner(slot, name),
      about: (name) => this.about(slot, name),
      get: async (name) => (await this.get(slot, name)) as T | undefined,
    };
  }

  #slotOf(slot: string): Map<string, Entry> {
    const entries = this.#slots.get(slot) ?? new Map<string, Entry>();
    this.#slots.set(slot, entries);
    return entries;
  }
}
