import { nameMessage, shown, valueMessage, type Examples } from "./wording.ts";

/** Something wrong with a document: where, as `provides.tool.read_file.effect`, and what. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** What a generated check says of a value; the shape is ajv's. */
export interface Finding {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly propertyName?: string;
}

/** Findings as sentences for a person. `examples` has, for a pattern, a text that fits it. */
export function problemsOf(findings: readonly Finding[], value: unknown, examples: Examples): readonly Problem[] {
  const alternatives = findings.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf").map((choice) => alternativesOf(choice, findings));
  const told = new Set(alternatives.flatMap(({ missing }) => missing));
  const problems = [
    ...findings.filter((finding) => !summaries.has(finding.keyword) && !told.has(finding)).map((finding) => problemOf(finding, value, examples)),
    ...alternatives.flatMap(({ problem }) => problem ?? []),
  ];
  return problems.filter((problem, index) => problems.findIndex(({ path, message }) => path === problem.path && message === problem.message) === index);
}

/** These only say that something else was said. */
const summaries: ReadonlySet<string> = new Set(["if", "not", "propertyNames", "oneOf", "anyOf"]);

/** A choice between keys is told once and not once a key. */
function alternativesOf(choice: Finding, findings: readonly Finding[]): { readonly missing: readonly Finding[]; readonly problem?: Problem } {
  const path = stepsOf(choice).join(".");
  if (Array.isArray(choice.params["passingSchemas"])) return { missing: [], problem: { path, message: "fits two forms that exclude each other" } };
  const missing = findings.filter(
    ({ keyword, instancePath, schemaPath }) => keyword === "required" && instancePath === choice.instancePath && schemaPath.startsWith(`${choice.schemaPath}/`),
  );
  const names = [...new Set(missing.map(({ params }) => shown(params["missingProperty"])))];
  return missing.length === 0 ? { missing } : { missing, problem: { path, message: `needs ${names.slice(0, -1).join(", ")} or ${names.at(-1)}` } };
}

const stepsOf = ({ instancePath }: Finding): readonly string[] =>
  instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

function problemOf(finding: Finding, value: unknown, examples: Examples): Problem {
  const { keyword, params, propertyName } = finding;
  const steps = stepsOf(finding);
  const at = (...more: readonly string[]): string => [...steps, ...more].join(".");
  if (propertyName !== undefined) return { path: at(propertyName), message: nameMessage(keyword, params, propertyName, examples) };
  switch (keyword) {
    case "required":
      return { path: at(String(params["missingProperty"])), message: "is missing" };
    case "dependentRequired":
      return { path: at(String(params["missingProperty"])), message: `is missing, and ${shown(params["property"])} needs it` };
    case "discriminator":
      return {
        path: at(String(params["tag"])),
        message: params["error"] === "tag" ? "must be a string" : `must not be ${shown(params["tagValue"])}, which is not known`,
      };
    default:
      return { path: at(), message: valueMessage(keyword, params, valueAt(value, steps), examples) };
  }
}

const valueAt = (value: unknown, steps: readonly string[]): unknown =>
  steps.reduce<unknown>((inner, step) => (inner as Readonly<Record<string, unknown>> | undefined)?.[step], value);
