import { createAnalyser } from "../../../../extensions/shell-analysis/src/analyser.ts";
import { type Oracle, place } from "../oracle.ts";
import { generated } from "./commands.ts";
import { Dice } from "./dice.ts";

/** A command that was said to only read, and what it does instead. */
export interface FalseProof {
  readonly command: string;
  readonly why: "it is no command" | "it changed something";
}

export interface Verdicts {
  readonly commands: number;
  readonly proven: number;
  readonly false: readonly FalseProof[];
}

const atATime = 40;
/** Some of them wait for as long as they may. */
const atOnce = 6;
const seconds = 2;

/** A command of a seed, by its number. */
export type Make = (seed: number, number: number) => string;

const made: Make = (seed, number) => generated(new Dice(seed, number));

/** Makes commands from a seed; what is said of them to only read is given to bash to read, and run, and must leave everything as it was. */
export async function differential(oracle: Oracle, seed: number, count: number, make: Make = made): Promise<Verdicts> {
  const analyser = createAnalyser();
  const found: FalseProof[] = [];
  let [next, proven] = [0, 0];

  const batch = (): readonly string[] => {
    const commands: string[] = [];
    for (; next < count && commands.length < atATime; next += 1) {
      const command = make(seed, next);
      if (command !== "" && !command.includes("\0") && analyser.analyse(command, place).class === "read-only") commands.push(command);
    }
    proven += commands.length;
    return commands;
  };
  const lane = async (): Promise<void> => {
    for (let commands = batch(); commands.length > 0; commands = batch()) found.push(...(await tried(oracle, commands)));
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { commands: next, proven, false: found };
}

/** Which of some commands that only read do not. */
export async function tried(oracle: Oracle, commands: readonly string[]): Promise<readonly FalseProof[]> {
  const { same, refused } = await oracle.runAll(commands, seconds);
  const no: readonly FalseProof[] = refused.map((command) => ({ command, why: "it is no command" }));
  return same ? no : [...no, ...(await culprits(oracle, commands))];
}

/** Which of them it was: each half again, as long as something is changed. What shows only together is blamed on all of a half. */
async function culprits(oracle: Oracle, commands: readonly string[]): Promise<readonly FalseProof[]> {
  if (commands.length <= 1) return commands.map((command) => ({ command, why: "it changed something" }));
  const half = commands.length >> 1;
  const found: FalseProof[] = [];
  for (const part of [commands.slice(0, half), commands.slice(half)])
    if (!(await oracle.runAll(part, seconds)).same) found.push(...(await culprits(oracle, part)));
  return found;
}
