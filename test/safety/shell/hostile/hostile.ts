/**
 * What a command does to a throw-away workspace that no command may that only reads: `starts` is a program of the attacker's,
 * which leaves a file with PWN in its name.
 */
export type Effect = "creates" | "changes" | "deletes" | "starts" | "connects";

export interface Hostile {
  readonly command: string;
  readonly effect: Effect;
}

const having =
  (effect: Effect) =>
  (...commands: readonly string[]): readonly Hostile[] =>
    commands.map((command) => ({ command, effect }));

export const creates = having("creates");
export const changes = having("changes");
export const deletes = having("deletes");
export const starts = having("starts");
export const connects = having("connects");
