/** One extension's waking: why, and what each part took in milliseconds. */
export interface Wake {
  readonly extension: string;
  readonly why: string;
  /** Since the kernel began. */
  readonly atMs: number;
  /** Waiting for the services it uses. */
  readonly servicesMs: number;
  readonly loadMs: number;
  readonly activateMs: number;
  readonly failed?: string;
}

/** Who woke when and why: the data behind `claw doctor`. */
export class Trace {
  readonly #clock: () => number;
  readonly #began: number;
  readonly #wakes: Wake[] = [];

  /** `clock` counts milliseconds from anywhere. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#began = clock();
  }

  elapsed(): number {
    return this.#clock() - this.#began;
  }

  record(wake: Wake): void {
    this.#wakes.push(wake);
  }

  get wakes(): readonly Wake[] {
    return this.#wakes;
  }
}
