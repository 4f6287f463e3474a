import { readFileSync } from "node:fs";
import { ClawError, type Manifest, parseStrict } from "@claw/kernel/host";

/** What the manifest of a folder under development must be before anything is planned with it; `claw ext check` knows all the rest. */
export function readDevManifest(file: string): Manifest {
  const value: unknown = parseStrict(readFileSync(file), { name: file });
  const problem = problemOf(value);
  if (problem !== undefined) throw new ClawError("E_MANIFEST_SCHEMA", `${file} is no manifest: ${problem}`, { problems: [problem] });
  return value as Manifest;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const ofFields = (value: unknown): boolean => value === undefined || (isFields(value) && Object.values(value).every(isFields));
const ofTexts = (value: unknown): boolean => value === undefined || (Array.isArray(value) && value.every((item) => typeof item === "string"));

function problemOf(value: unknown): string | undefined {
  if (!isFields(value)) return "it is no object";
  const { name, version, engines, main, config, permissions } = value;
  if (typeof name !== "string" || !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)) return "name must be scope/base in lower case";
  if (typeof version !== "string") return "version is missing";
  if (!isFields(engines) || typeof engines["claw"] !== "string") return "engines.claw is missing";
  if (main !== undefined && typeof main !== "string") return "main must be a path";
  if (!isFields(permissions)) return "permissions is missing: {} asks for nothing";
  if (!ofFields(value["provides"]) || !Object.values((value["provides"] ?? {}) as Fields).every(ofFields)) return "provides must be objects of objects";
  if (!ofFields(value["hooks"]) || !Object.values((value["hooks"] ?? {}) as Fields).every(ofFields)) return "hooks must be objects of objects";
  if (!ofTexts(value["uses"]) || !ofTexts(value["after"])) return "uses and after must be lists of names";
  return config !== undefined && (!isFields(config) || !ofFields(config["properties"])) ? "config must be a schema with properties" : undefined;
}
