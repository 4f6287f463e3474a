import { expect, test } from "vitest";
import { problemsOf, type Finding } from "../../schemas/generate/problems.ts";

const said = (finding: Partial<Finding>, value: unknown = {}): readonly string[] =>
  problemsOf([{ instancePath: "/a", schemaPath: "#/a", keyword: "", params: {}, ...finding }], value, { "^x$": "x" }).map(
    ({ path, message }) => `${path}: ${message}`,
  );

test("every kind of finding is a sentence about the value", () => {
  const value = { a: 5 };
  expect(said({ keyword: "type", params: { type: "string" } }, value)).toEqual(["a: must be a string, not 5"]);
  expect(said({ keyword: "type", params: { type: ["string", "null"] } }, { a: true })).toEqual(["a: must be a string or null, not true"]);
  expect(said({ keyword: "const", params: { allowedValue: 1 } }, value)).toEqual(["a: must be 1, not 5"]);
  expect(said({ keyword: "enum", params: { allowedValues: ["x", "y"] } }, value)).toEqual(['a: must be one of "x", "y", not 5']);
  expect(said({ keyword: "pattern", params: { pattern: "^x$" } }, { a: "y" })).toEqual(['a: must have the form "x", not "y"']);
  expect(said({ keyword: "pattern", params: { pattern: "^y$" } }, { a: "x" })).toEqual(['a: must have the form "^y$", not "x"']);
  expect(said({ keyword: "minimum", params: { limit: 6 } }, value)).toEqual(["a: must be at least 6, not 5"]);
  expect(said({ keyword: "exclusiveMinimum", params: { limit: 5 } }, value)).toEqual(["a: must be more than 5, not 5"]);
  expect(said({ keyword: "maximum", params: { limit: 4 } }, value)).toEqual(["a: must be at most 4, not 5"]);
  expect(said({ keyword: "minLength", params: { limit: 1 } })).toEqual(["a: must not be empty"]);
  expect(said({ keyword: "minLength", params: { limit: 2 } })).toEqual(["a: must have at least 2 characters"]);
  expect(said({ keyword: "maxLength", params: { limit: 2 } })).toEqual(["a: must have at most 2 characters"]);
  expect(said({ keyword: "minItems", params: { limit: 1 } })).toEqual(["a: must have at least 1 item"]);
  expect(said({ keyword: "maxItems", params: { limit: 2 } })).toEqual(["a: must have at most 2 items"]);
  expect(said({ keyword: "minProperties", params: { limit: 1 } })).toEqual(["a: must not be empty"]);
  expect(said({ keyword: "maxProperties", params: { limit: 64 } })).toEqual(["a: must have at most 64 entries"]);
  expect(said({ keyword: "uniqueItems", params: { i: 3, j: 1 } })).toEqual(["a: has an item twice, at 1 and 3"]);
  expect(said({ keyword: "discriminator", params: { error: "mapping", tag: "type", tagValue: "txt" } })).toEqual([
    'a.type: must not be "txt", which is not known',
  ]);
  expect(said({ keyword: "discriminator", params: { error: "tag", tag: "type", tagValue: 1 } })).toEqual(["a.type: must be a string"]);
  expect(said({ keyword: "other" })).toEqual(["a: does not fit (other)"]);
});

test("a property is named by its path, whatever characters are in it", () => {
  expect(said({ instancePath: "/provides/tool/a~1b~0c", keyword: "required", params: { missingProperty: "effect" } })).toEqual([
    "provides.tool.a/b~c.effect: is missing",
  ]);
  expect(said({ keyword: "enum", params: { allowedValues: ["effect"] }, propertyName: "efect" })).toEqual(['a.efect: is unknown; did you mean "effect"?']);
  expect(said({ keyword: "enum", params: { allowedValues: ["effect"] }, propertyName: "zzz" })).toEqual(["a.zzz: is unknown"]);
  expect(said({ keyword: "maxLength", params: { limit: 64 }, propertyName: "zzz" })).toEqual(["a.zzz: has a name of more than 64 characters"]);
});

test("a value that goes on and on is cut", () => {
  expect(said({ keyword: "const", params: { allowedValue: 1 } }, { a: "x".repeat(500) })).toEqual([`a: must be 1, not "${"x".repeat(78)}…`]);
});

test("a choice is told once", () => {
  const missing = (name: string, index: number): Finding => ({
    instancePath: "",
    schemaPath: `#/anyOf/${index}/required`,
    keyword: "required",
    params: { missingProperty: name },
  });
  const choice: Finding = { instancePath: "", schemaPath: "#/anyOf", keyword: "anyOf", params: {} };
  expect(problemsOf([missing("a", 0), missing("b", 1), missing("c", 2), choice], {}, {})).toEqual([{ path: "", message: 'needs "a", "b" or "c"' }]);
  expect(problemsOf([{ ...choice, keyword: "oneOf", params: { passingSchemas: [0, 1] } }], {}, {})).toEqual([
    { path: "", message: "fits two forms that exclude each other" },
  ]);
});
