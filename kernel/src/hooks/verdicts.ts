/** Stops an event. */
export interface Block {
  readonly action: "block";
  readonly reason: string;
}

/** Replaces what an event carries; who did is logged. */
export interface Rewrite<T> {
  readonly action: "rewrite";
  readonly value: T;
  readonly reason?: string;
}

/** Lets a turn that would stop go on, with this text as a message to the model. */
export interface Resume {
  readonly action: "resume";
  readonly text: string;
}

export interface Allow {
  readonly action: "allow";
  readonly reason: string;
}

/** Asks the person. `remember` is what "always" would add, shown in full. */
export interface Ask {
  readonly action: "ask";
  readonly reason: string;
  readonly remember?: string;
}

export interface Deny {
  readonly action: "deny";
  readonly reason: string;
}

export const block = (reason: string): Block => ({ action: "block", reason });
export const rewrite = <T>(value: T, reason?: string): Rewrite<T> =>
  reason === undefined ? { action: "rewrite", value } : { action: "rewrite", value, reason };
export const resume = (text: string): Resume => ({ action: "resume", text });
export const allow = (reason: string): Allow => ({ action: "allow", reason });
export const ask = (reason: string, remember?: string): Ask => (remember === undefined ? { action: "ask", reason } : { action: "ask", reason, remember });
export const deny = (reason: string): Deny => ({ action: "deny", reason });
