import type { ShellClass, ShellCommand, ShellPlace, ShellReport } from "@claw/kernel";
import { createAnalyser } from "../src/analyser.ts";

export const place: ShellPlace = { folder: "/ws/app", roots: ["/ws/app"], home: "/home/dev" };
const analyser = createAnalyser();

export const analyse = (text: string): ShellReport => analyser.analyse(text, place);
export const classOf = (text: string): ShellClass => analyse(text).class;
export const firstOf = (text: string): ShellCommand => {
  const [command] = analyse(text).commands;
  if (command === undefined) throw new Error(`${text} holds no command`);
  return command;
};
/** Those of the texts that are proven to only read. */
export const proven = (texts: readonly string[]): readonly string[] => texts.filter((text) => classOf(text) === "read-only");
/** Paths as short texts: those that stand for many files end in `/**`. */
export const pathsOf = (paths: ShellReport["reads"]): readonly string[] => paths.map(({ path, many }) => (many ? `${path === "/" ? "" : path}/**` : path));
