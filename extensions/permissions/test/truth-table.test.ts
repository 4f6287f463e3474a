import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Effect } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { modes, type Mode } from "../src/modes.ts";
import { order, type Facts } from "../src/order.ts";

/** The table is the specification: safety.md's order, written out by hand-checked rows. */
const table = readFileSync(join(import.meta.dirname, "truth-table.md"), "utf8");

interface Row {
  readonly mode: Mode;
  readonly effect: Effect;
  readonly place: string;
  readonly cells: readonly string[];
}

const effects: readonly Effect[] = ["none", "read", "write", "execute", "network"];
const rules = ["none", "allow", "ask", "deny"] as const;

function rowsOf(section: string): readonly Row[] {
  const body = table.split(/^## /m).find((text) => text.startsWith(section)) ?? "";
  const modeOf = (text: string): Mode => modes.find((mode) => text.startsWith(mode)) ?? "prompt";
  return body
    .split(/^### /m)
    .slice(1)
    .flatMap((part) =>
      part
        .split("\n")
        .filter((line) => line.startsWith("|"))
        .slice(2)
        .map((line) => {
          const [effect = "", place = "", ...cells] = line
            .split("|")
            .slice(1, -1)
            .map((text) => text.trim());
          return { mode: modeOf(part), effect: effect as Effect, place, cells };
        }),
    );
}

const factsOf = (
  { mode, effect, place }: Pick<Row, "mode" | "effect" | "place">,
  rule: (typeof rules)[number],
  asker: boolean,
  more: Partial<Facts> = {},
): Facts => ({
  mode,
  effect,
  tool: "tool",
  what: "tool",
  asker,
  voices: [],
  judges: [],
  destructive: false,
  inside: place !== "outside",
  proven: place === "proven",
  containable: place === "contained",
  ...(rule === "none" ? {} : { [rule]: "Rule" }),
  ...more,
});

/** What both kinds of run do: one word if they agree, else `ask/deny`: with somebody to ask, and without. */
function cell(row: Row, rule: (typeof rules)[number], more: Partial<Facts> = {}): string {
  const [asked, alone] = [true, false].map((asker) => order(factsOf(row, rule, asker, more)).decision);
  return asked === alone ? (asked ?? "") : `${asked}/${alone}`;
}

describe("every mode by effect, place, rule and asker", () => {
  const rows = rowsOf("Rules");

  test("the table has a row for every combination, once", () => {
    const wanted = modes.flatMap((mode) =>
      effects.flatMap((effect) => ["inside", "outside", ...(effect === "execute" ? ["proven", "contained"] : [])].map((place) => `${mode} ${effect} ${place}`)),
    );
    expect(rows.map(({ mode, effect, place }) => `${mode} ${effect} ${place}`).sort()).toEqual([...wanted].sort());
  });

  test.each(rows.map((row) => [`${row.mode}: ${row.effect} ${row.place}`, row] as const))("%s", (_name, row) => {
    expect(rules.map((rule) => cell(row, rule))).toEqual(row.cells);
  });
});

describe("what is asked about whatever the rules allow", () => {
  const rows = rowsOf("Protected");

  test("the table names every mode", () => {
    expect([...new Set(rows.map(({ mode }) => mode))].sort()).toEqual([...modes].sort());
  });

  test.each(rows.map((row) => [`${row.mode}: ${row.effect} ${row.place}`, row] as const))("%s", (_name, row) => {
    expect(rules.map((rule) => cell(row, rule, { caution: ".git/config is protected" }))).toEqual(row.cells);
  });
});

describe("what others say of a write inside", () => {
  const rows = rowsOf("Opinions");
  const voice = (decision: "allow" | "ask" | "deny") => ({ voices: [{ author: "acme/hook", decision, reason: "because" }] });

  test.each(rows.map((row) => [`${row.mode}: ${row.effect} ${row.place}`, row] as const))("%s", (_name, row) => {
    expect((["allow", "ask", "deny"] as const).map((decision) => cell(row, "none", voice(decision)))).toEqual(row.cells);
  });
});

describe("auto leaves the rest to the classifiers", () => {
  const facts = (more: Partial<Facts>): Facts => factsOf({ mode: "auto", effect: "execute", place: "inside" }, "none", true, more);
  const said = (...decisions: readonly ("allow" | "ask" | "deny")[]) => ({
    judges: decisions.map((decision) => ({ author: "acme/judge", decision, reason: "because" })),
  });

  test.each([
    ["nobody asked yet", { judges: undefined }, "classify"],
    ["nobody has an opinion", said(), "ask"],
    ["one allows", said("allow"), "allow"],
    ["the most restrictive holds", said("allow", "deny", "ask"), "deny"],
    ["one asks", said("allow", "ask"), "ask"],
    ["destructive work is asked about before anybody is heard", { ...said("allow"), destructive: true }, "ask"],
    ["destructive work does not even wake a classifier", { judges: undefined, destructive: true }, "ask"],
  ] as const)("%s", (_name, more, decision) => {
    expect(order(facts(more)).decision).toBe(decision);
  });
});

describe("the reason names only what is responsible", () => {
  const facts = (mode: Mode, effect: Effect, more: Partial<Facts> = {}): Facts => ({
    ...factsOf({ mode, effect, place: "inside" }, "none", true, more),
    tool: "write_file",
    what: "file_edit(//w/a.txt)",
  });

  test.each([
    [facts("prompt", "write", { deny: "Edit(*.txt)" }), "denied by rule Edit(*.txt)"],
    [facts("read-only", "write"), "write_file requires workspace-write permission or more; current mode is read-only"],
    [facts("prompt", "write"), "no rule allows file_edit(//w/a.txt); current mode is prompt"],
    [facts("dont-ask", "write"), "no rule allows file_edit(//w/a.txt); current mode is dont-ask"],
    [facts("dont-ask", "write", { ask: "Edit" }), "rule Edit asks first; dont-ask never asks"],
    [facts("prompt", "write", { because: "b.txt leads there" }), "no rule allows file_edit(//w/a.txt) (b.txt leads there); current mode is prompt"],
    [facts("prompt", "write", { voices: [{ author: "acme/x", decision: "deny", reason: "not today" }] }), "denied by acme/x: not today"],
    [{ ...facts("prompt", "write"), asker: false }, "no rule allows file_edit(//w/a.txt); current mode is prompt; nobody can be asked here"],
  ] as const)("%#", (given, reason) => {
    expect(order(given).reason).toBe(reason);
  });
});
