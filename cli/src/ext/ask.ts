import { exitCodeOf, type Terminal } from "@claw/kernel/host";

/** Somebody who is asked on the terminal. */
export interface Asking {
  /** The next line they type, without the white space around it; undefined when there will be none. */
  line(question: string): Promise<string | undefined>;
}

/** Asks on a terminal, a line at a time; what was typed ahead answers the questions that follow. */
export function openAsking({ say, input }: Pick<Terminal, "say" | "input">, signal: AbortSignal): Asking {
  const chunks = input[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let typed = "";
  let hasEnded = false;
  const more = async (): Promise<void> => {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener("abort", abort, { once: true });
    try {
      const { value, done } = await Promise.race([chunks.next(), aborted]);
      if (done === true) hasEnded = true;
      else typed += decoder.decode(value, { stream: true });
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };
  return {
    async line(question) {
      say(question);
      while (!typed.includes("\n") && !hasEnded) await more();
      const end = typed.indexOf("\n");
      if (end === -1 && typed === "") return undefined;
      const line = end === -1 ? typed : typed.slice(0, end);
      typed = end === -1 ? "" : typed.slice(end + 1);
      return line.trim();
    },
  };
}

/** Anything but a plain yes is a no. */
export const isYes = (answer: string | undefined): boolean => /^y(es)?$/i.test(answer ?? "");

/** Says that a no was heard; the exit code, as whatever follows must not go on as after a yes. */
export function declined({ say }: Pick<Terminal, "say">): number {
  say("nothing changed\n");
  return exitCodeOf("E_CONSENT_REQUIRED");
}
