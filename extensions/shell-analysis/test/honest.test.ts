import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ShellReport } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { createAnalyser } from "../src/analyser.ts";
import type { FormSpec, ProgramSpec } from "../src/spec.ts";
import { acting } from "./corpus/acting.ts";
import { programsBeyondReading } from "./corpus/beyond-reading-programs.ts";
import { shellBeyondReading } from "./corpus/beyond-reading-shell.ts";
import { honest, unproven } from "./corpus/honest.ts";
import { traps } from "./corpus/traps.ts";

const folder = fileURLToPath(new URL("../src/specs/", import.meta.url));
const files = readdirSync(folder);
const specs: readonly ProgramSpec[] = files.map((name): ProgramSpec => JSON.parse(readFileSync(`${folder}${name}`, "utf8")));
const analyser = createAnalyser();
const place = { folder: "/ws/app", roots: ["/ws/app"], home: "/home/dev" };
const analyse = (command: string): ShellReport => analyser.analyse(command, place);
const told = (command: string, { class: found, why, unjudged }: ShellReport): string =>
  `${command}\n    ${found}: ${[...why, ...unjudged].map((doubt) => doubt.why).join("; ")}`;

const every = Object.values(honest).flat();
const others = Object.entries(acting).flatMap(([expected, commands]) => commands.map((command) => ({ expected, command })));

test("the corpus is as large as it says, and says nothing twice", () => {
  const commands = [...every, ...others].map(({ command }) => command);
  expect(commands.filter((command, at) => commands.indexOf(command) !== at)).toEqual([]);
  expect(every.length).toBeGreaterThanOrEqual(1900);
  expect(others.length).toBeGreaterThanOrEqual(120);
});

test("what people type to look around is proven to only read", () => {
  const missed = every.map(({ command }) => ({ command, report: analyse(command) })).filter(({ report }) => report.class !== "read-only");
  expect(missed.map(({ command, report }) => told(command, report))).toEqual([]);
});

test("at least 97 % of what people type to look around is proven; the rest is known by name, and never more than unknown", () => {
  expect(every.length / (every.length + unproven.length)).toBeGreaterThanOrEqual(0.97);
  const odd = unproven.map(({ command }) => ({ command, report: analyse(command) })).filter(({ report }) => report.class !== "unknown");
  expect(odd.map(({ command, report }) => told(command, report))).toEqual([]);
});

test("what does more is told by what it does", () => {
  const missed = others.map((one) => ({ ...one, report: analyse(one.command) })).filter(({ expected, report }) => report.class !== expected);
  expect(missed.map(({ command, expected, report }) => `${told(command, report)} (expected ${expected})`)).toEqual([]);
});

test("words that a program takes otherwise than most would are not proven", () => {
  expect(traps.filter(({ command }) => analyse(command).class === "read-only")).toEqual([]);
});

test("what does more, or may, is not proven", () => {
  expect([...programsBeyondReading, ...shellBeyondReading].filter((command) => analyse(command).class === "read-only")).toEqual([]);
});

test("every push with force shows the network besides what it destroys", () => {
  const report = analyse("git push --force");
  expect(report.commands[0]).toMatchObject({ destructive: true, hosts: ["*"], credentials: true });
});

describe("specifications", () => {
  const forms = (form: FormSpec, path: string): readonly { readonly path: string; readonly form: FormSpec }[] => [
    { path, form },
    ...(form.alternatives ?? []).flatMap((one, at) => forms(one, `${path}#${at}`)),
    ...Object.entries(form.subcommands ?? {}).flatMap(([name, one]) => forms(one, `${path} ${name}`)),
  ];
  const all = specs.flatMap((spec) => forms(spec, spec.program));
  const offers = ({ flags = "", valued = "", long = [], patterns = [] }: FormSpec, option: string): boolean =>
    patterns.some((pattern) => new RegExp(`^(?:${pattern})$`, "su").test(option)) ||
    (option.startsWith("--") ? long.some((name) => name.replace(/[=:]$/, "") === option.slice(2)) : `${flags}${valued}`.includes(option.slice(1)));

  test("there are at least 170, each program in one alone, in a file of its name, with its source", () => {
    const names = specs.flatMap(({ program, aliases = [] }) => [program, ...aliases]);
    expect(specs.length).toBeGreaterThanOrEqual(170);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(specs.filter(({ source }) => source === "")).toEqual([]);
    expect(specs.filter(({ program }) => !files.includes(`${program}.json`)).map(({ program }) => program)).toEqual([":"]);
  });

  test("options that are valued, raised or needed are listed", () => {
    const missing = all.flatMap(({ path, form }) =>
      [
        ...Object.keys(form.values ?? {}),
        ...Object.keys(form.raises ?? {}),
        ...Object.keys(form.valuePatterns ?? {}),
        ...(form.needs ?? []),
        ...(form.first?.unless ?? []),
      ]
        .filter((option) => !offers(form, option))
        .map((option) => `${path} ${option}`),
    );
    expect(missing).toEqual([]);
  });

  test("no letter is an option with and without a value, and no form that may take unknown words does more than read", () => {
    expect(all.filter(({ form }) => [...(form.flags ?? "")].some((letter) => form.valued?.includes(letter))).map(({ path }) => path)).toEqual([]);
    const bold = all.filter(({ form }) => form.takesUnknown === true && (form.class !== "read-only" || form.raises !== undefined || form.last !== undefined));
    expect(bold.map(({ path }) => path)).toEqual([]);
  });

  test("a form that only reads writes nothing and asks no host", () => {
    const kinds = ({ values = {}, operands, last, first, raises = {} }: FormSpec): readonly (string | undefined)[] => [
      ...Object.entries(values).flatMap(([option, kind]) => (Object.hasOwn(raises, option) ? [] : [kind])),
      operands,
      last,
      first?.kind,
    ];
    const odd = all.filter(
      ({ form }) =>
        form.class === "read-only" &&
        (form.alsoWrites !== undefined || form.hosts !== undefined || kinds(form).some((kind) => kind === "write" || kind === "host" || kind === "command")),
    );
    expect(odd.map(({ path }) => path)).toEqual([]);
  });
});
