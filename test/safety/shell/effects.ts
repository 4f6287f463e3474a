import type { Hostile } from "./hostile/hostile.ts";
import { had, type Oracle } from "./oracle.ts";

/** Many of them wait. */
const atOnce = 6;
/** How long what a command left running has before its sandbox ends, at each try: on a busy machine it may not have begun. */
const lingerSeconds = [0, 0.1, 1];
const connectionsAtATime = 20;

/** Shared out among a few at once. */
export async function shared<T>(all: Iterable<T>, work: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all].values();
  const lane = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** Runs hostile commands, each in a workspace of its own: those that did not have their effect at any try. */
export async function withoutEffect(oracle: Oracle, commands: readonly Hostile[]): Promise<readonly string[]> {
  const without: string[] = [];
  await shared(commands, async ({ command, effect }) => {
    if (effect === "connects") return;
    for (const seconds of lingerSeconds) if (had(await oracle.run(command, seconds), effect)) return;
    without.push(command);
  });
  return [...without, ...(await withoutConnection(oracle, commands))];
}

async function withoutConnection(oracle: Oracle, commands: readonly Hostile[]): Promise<readonly string[]> {
  const connecting = commands.filter(({ effect }) => effect === "connects").map(({ command }) => command);
  const parts = Array.from({ length: Math.ceil(connecting.length / connectionsAtATime) }, (_, at) =>
    connecting.slice(at * connectionsAtATime, (at + 1) * connectionsAtATime),
  );
  const doubtful: string[] = [];
  await shared(parts, async (part) => {
    const connected = await oracle.connected(part);
    doubtful.push(...part.filter((_, at) => connected[at] !== true));
  });
  const without: string[] = [];
  for (const command of doubtful) if (!(await oracle.connected([command])).every(Boolean)) without.push(command);
  return without;
}
