import { exitCodeOf } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { placeOf } from "./author-place.ts";
import { emit } from "./result.ts";

export interface CheckOptions {
  readonly folder?: string | undefined;
  readonly build: boolean;
  /** Warnings fail it too. */
  readonly warnings: boolean;
}

/** `claw ext check`: everything that publishing would refuse, and what is better put right before. */
export async function check(call: VerbCall, { folder, build, warnings }: CheckOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const place = placeOf(call, folder);
  const instead = build ? await library.buildExtension(place, { dryRun: true }, call.signal) : undefined;
  const { name, version, findings, packed } = await library.checkExtension(place, { known: call.booted.installed.names, instead }, call.signal);
  await emit(call, findings, ({ level, where, what, fix }) => `${level}: ${where} ${what}\n  fix: ${fix}\n`);
  const problems = findings.filter(({ level }) => level === "problem").length;
  const size = packed === undefined ? "" : `, ${Math.ceil(packed.archive.length / 1024)} KiB packed`;
  call.terminal.say(`${name} ${version}: ${counted(problems, "problem")}, ${counted(findings.length - problems, "warning")}${size}\n`);
  return problems > 0 || (warnings && findings.length > 0) ? exitCodeOf("E_LINT") : 0;
}

const counted = (count: number, what: string): string => `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
