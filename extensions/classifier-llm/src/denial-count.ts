/** After so many denials an agent is not doing what the person thinks it does. */
const mostInARow = 3;
const mostInAll = 20;
const sessionsKept = 4_096;

interface Count {
  readonly row: number;
  readonly all: number;
}

/** Denials by session. Once there are too many, they stay too many. */
export interface DenialCount {
  note(session: string, decision: "allow" | "ask" | "deny"): void;
  /** Why nothing is judged any more, or undefined. */
  stopped(session: string): string | undefined;
}

export function denialCount(): DenialCount {
  const counts = new Map<string, Count>();
  const stopped = ({ row, all }: Count): boolean => row >= mostInARow || all >= mostInAll;
  return {
    note(session, decision) {
      const count = counts.get(session) ?? { row: 0, all: 0 };
      // A question is no sign of reform: only an allow ends a row.
      if (stopped(count) || decision === "ask") return;
      counts.delete(session);
      counts.set(session, decision === "deny" ? { row: count.row + 1, all: count.all + 1 } : { row: 0, all: count.all });
      const [oldest] = counts.keys();
      if (counts.size > sessionsKept && oldest !== undefined) counts.delete(oldest);
    },
    stopped(session) {
      const count = counts.get(session);
      if (count === undefined || !stopped(count)) return undefined;
      return count.row >= mostInARow ? `${mostInARow} calls in a row were denied in this session` : `${mostInAll} calls were denied in this session`;
    },
  };
}
