import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Containment } from "@claw/kernel";
import { afterAll, describe, expect, test } from "vitest";
import { modes } from "../../../extensions/permissions/src/modes.ts";
import { smallService } from "../small-service.ts";
import { deskIn, missing, standing } from "./desk.ts";

/** The table is the specification: every row was read by a person. */
const table = readFileSync(join(import.meta.dirname, "mode-table.md"), "utf8");

/** Written as JSON where it asks for more than the sandbox gives. */
const inputOf = (cell: string): Readonly<Record<string, unknown>> =>
  cell.startsWith("{") ? (JSON.parse(cell) as Readonly<Record<string, unknown>>) : { command: cell };

/** A decision, and how far the programs may reach: nothing where they reach no further than the wall lets them anyway. */
function cellOf(decision: string, containment: Containment | undefined, folder: string): string {
  if (containment === undefined) return decision;
  if (containment.type === "free") return `${decision} free`;
  const { hosts, writable, readable, required } = containment;
  const reach = [
    ...(hosts === "any" ? ["any host"] : hosts),
    ...writable.map((path) => `w ${path.replace(folder, "WS").replace(dirname(folder), "UP")}`),
    ...readable.map((path) => `r ${path.replace(folder, "WS").replace(dirname(folder), "UP")}`),
  ];
  return [decision, ...(required ? ["walled"] : []), ...(reach.length === 0 ? [] : [`(${reach.join(", ")})`])].join(" ");
}

interface Row {
  readonly command: string;
  readonly cells: readonly string[];
}

const sections = table
  .split(/^## /m)
  .slice(1)
  .map((text) => {
    const lines = text.split("\n").filter((line) => line.startsWith("|"));
    const cellsOf = (line: string): readonly string[] =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("\\|", "|"));
    const [, ...rows] = lines.filter((line) => !line.startsWith("| ---")).map(cellsOf);
    return { wall: text.startsWith("Without") ? missing : standing, rows: rows.map(([command = "", ...cells]): Row => ({ command, cells })) };
  });

const place = smallService();
afterAll(() => place[Symbol.dispose]());
const decide = deskIn(place);

test("both halves of the table have the same forty commands", () => {
  expect(sections.map(({ rows }) => rows.length)).toEqual([40, 40]);
  expect(sections[0]?.rows.map(({ command }) => command)).toEqual(sections[1]?.rows.map(({ command }) => command));
});

describe.each(sections)("with a wall that is $wall.state", ({ wall, rows }) => {
  test.each(rows)("$command", async ({ command, cells }) => {
    const decided = await Promise.all(modes.map((mode) => decide("bash", inputOf(command), { mode, wall })));
    expect(decided.map(({ decision, containment }) => cellOf(decision, containment, place.folder))).toEqual(cells);
  });
});

test("a wall is required only of what the wall allowed", async () => {
  for (const mode of modes) {
    for (const { command } of sections[0]?.rows ?? []) {
      const [walled, bare] = await Promise.all([standing, missing].map((wall) => decide("bash", inputOf(command), { mode, wall })));
      const required = walled?.containment?.type === "contained" && walled.containment.required;
      // What the model wants besides is asked about; that part of it is contained all the same.
      if (walled?.decision === "allow") expect([mode, command, required]).toEqual([mode, command, bare?.decision !== "allow"]);
      else if (required) expect([mode, inputOf(command)["needs"]]).toEqual([mode, ["host:example.com"]]);
      expect(bare?.containment?.type === "contained" && bare.containment.required).toBe(false);
    }
  }
});
