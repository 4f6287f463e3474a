/** In mode auto: after so many denials of the classifiers a person is asked instead, whatever they say. */
const most = { inARow: 3, inTotal: 20 } as const;

/** What classifiers that may allow denied in each session. */
export interface DenialCount {
  /** Whether classifiers are still heard in a session. */
  isOpen(session: string): boolean;
  count(session: string, denied: boolean): void;
}

export function denialCount(): DenialCount {
  const counts = new Map<string, { inARow: number; inTotal: number }>();
  return {
    isOpen: (session) => {
      const { inARow = 0, inTotal = 0 } = counts.get(session) ?? {};
      return inARow < most.inARow && inTotal < most.inTotal;
    },
    count: (session, denied) => {
      const { inARow = 0, inTotal = 0 } = counts.get(session) ?? {};
      counts.set(session, denied ? { inARow: inARow + 1, inTotal: inTotal + 1 } : { inARow: 0, inTotal });
    },
  };
}
