import { expect, test } from "vitest";
import { inputProblems } from "../src/turn/input-problems.ts";

const schema = {
  type: "object",
  required: ["path"],
  additionalProperties: false,
  properties: {
    path: { type: "string" },
    unit: { enum: ["lines", "words"] },
    count: { type: "integer", minimum: 1 },
    edits: { type: "array", minItems: 1, items: { type: "object", required: ["old"], properties: { old: { type: "string" } }, additionalProperties: false } },
  },
};

test.each([
  [{ path: "a", count: 2, edits: [{ old: "x" }] }, []],
  ["text", ['input: Instance type "string" is invalid. Expected "object"']],
  [{ file: "a" }, ["path: is missing", "file: is unknown"]],
  [{ path: 3 }, ['path: Instance type "number" is invalid. Expected "string"']],
  [{ path: "a", unit: "bytes", count: 0 }, ['unit: Instance does not match any of ["lines","words"]', "count: 0 is less than 1"]],
  [{ path: "a", edits: [{ new: 1 }] }, ["edits/0/old: is missing", "edits/0/new: is unknown"]],
  [
    Object.fromEntries(Array.from({ length: 50 }, (_value, index) => [`x${index}`, 1])),
    expect.toSatisfy((problems: readonly string[]) => problems.length === 8),
  ],
])("what is wrong with %j is said once, where it is", async (input, problems) => {
  expect((await inputProblems(schema))(input)).toEqual(problems);
});
