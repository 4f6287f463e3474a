import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { specifications } from "../src/spec-list.ts";
import { specProblems } from "./spec-problems.ts";

const folder = fileURLToPath(new URL("../src/specs/", import.meta.url));
const files = readdirSync(folder);

describe("the specifications", () => {
  test("are all listed in spec-files.ts, one line each, by their names", () => {
    const lines = readFileSync(fileURLToPath(new URL("../src/spec-files.ts", import.meta.url)), "utf8")
      .split("\n")
      .filter((line) => line.startsWith("export"));
    const names = files.map((file) => file.replace(/\.json$/, "")).toSorted();
    expect(lines).toEqual(names.map((name) => `export { default as "${name}" } from "./specs/${name}.json" with { type: "json" };`));
    expect(specifications.length).toBe(files.length);
  });

  test("are well", () => {
    expect(files.flatMap((file) => specProblems(JSON.parse(readFileSync(`${folder}${file}`, "utf8"))))).toEqual([]);
  });
});

describe("what is wrong with a specification is said", () => {
  test.each([
    [{ source: "x" }, ["a specification: program is missing"]],
    [{ program: "x", source: "x", claas: "read-only" }, ["x: claas is no field of a specification"]],
    [{ program: "x", source: "x", class: "harmless" }, ["x: class is not one of read-only, workspace-write, unknown, outside-write, network, destructive"]],
    [{ program: "x", source: "x", otherwise: "read-only" }, ["x: otherwise is not one of workspace-write, unknown, outside-write, network, destructive"]],
    [{ program: "x", source: "x", flags: "aba" }, ["x: flags is not a text of letters, each once"]],
    [{ program: "x", source: "x", flags: "ab", valued: "b" }, ["x: letter b stands in flags and in valued; an option either takes a value or not"]],
    [{ program: "x", source: "x", long: ["--name"] }, ["x: long holds what is no name of a long option"]],
    [{ program: "x", source: "x", patterns: ["("] }, ["x: patterns is not a regular expression"]],
    [{ program: "x", source: "x", raises: { "-i": "unknown" } }, ["x: raises names -i, which flags, valued, long and patterns do not list"]],
    [
      { program: "x", source: "x", long: ["out="], values: { "--out": "write", "--in": "read" } },
      ["x: values names --in, which flags, valued, long and patterns do not list"],
    ],
    [{ program: "x", source: "x", class: "network", takesUnknown: true }, ["x: takesUnknown is only for what reads whatever it is told"]],
    [{ program: "x", source: "x", subcommands: { go: { flag: "a" } } }, ["x go: flag is no field of a specification"]],
    [{ program: "x", source: "x", alternatives: [{ mostOperands: -1 }] }, ["x (alternative 1): mostOperands is not a whole number"]],
  ])("%j", (spec, problems) => expect(specProblems(spec)).toEqual(problems));
});
