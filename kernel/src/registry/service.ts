import { ClawError } from "../errors.ts";

/** One value per name, with an owner. */
export class ServiceRegistry {
  readonly #owners = new Map<string, string>();
  readonly #values = new Map<string, unknown>();
  readonly #wake: (extension: string, why: string) => Promise<void>;
  readonly #isAwake: (extension: string) => boolean;

  /** A value counts once its owner has come through its activation. */
  constructor(wake: (extension: string, why: string) => Promise<void>, isAwake: (extension: string) => boolean = () => true) {
    this.#wake = wake;
    this.#isAwake = isAwake;
  }

  declare(service: string, owner: string): void {
    this.#owners.set(service, owner);
  }

  /** Gives a service its value. Without an owner it is the program's own. */
  fill(service: string, value: unknown, owner?: string): () => void {
    if (owner !== undefined && this.#values.has(service))
      throw new ClawError("E_ID_CLASH", `${owner} gives service "${service}" twice`, { name: `service:${service}` });
    this.#values.set(service, value);
    return () => void this.#values.delete(service);
  }

  owner(service: string): string | undefined {
    return this.#owners.get(service);
  }

  /** Whether somebody provides it, awake or not. */
  known(service: string): boolean {
    return this.#values.has(service) || this.#owners.has(service);
  }

  /** The value of a service that is awake. */
  peek(service: string): unknown {
    return this.#values.get(service);
  }

  /** The value, once its owner is awake. Throws SERVICE_MISSING when nobody provides it. */
  async get(service: string, why: string): Promise<unknown> {
    const owner = this.#owners.get(service);
    if (this.#values.has(service) && (owner === undefined || this.#isAwake(owner))) return this.#values.get(service);
    if (owner === undefined) {
      throw new ClawError("SERVICE_MISSING", `no extension provides the service "${service}", which ${why} needs`, { service }, { fix: "claw doctor" });
    }
    await this.#wake(owner, `service ${service}`);
    if (!this.#values.has(service)) {
      throw new ClawError("EXTENSION_FAILED", `${owner} declares the service "${service}" but does not provide it`, {
        extension: owner,
        at: `service ${service}`,
      });
    }
    return this.#values.get(service);
  }
}
