export interface EgressLimits {
  /** How long a request's head may take to arrive, from the first moment of its connection. */
  readonly headMs: number;
  /** How long a connection may be without a byte in either direction. */
  readonly idleMs: number;
  readonly connectMs: number;
  readonly lookupMs: number;
  readonly connections: number;
  readonly headBytes: number;
}

export const EGRESS_LIMITS: EgressLimits = {
  headMs: 10_000,
  idleMs: 600_000,
  connectMs: 20_000,
  lookupMs: 10_000,
  connections: 256,
  headBytes: 16_384,
};
