import { readFileSync } from "node:fs";
import { ClawError } from "@claw/kernel/host";
import type { Environment } from "../paths.ts";

const variables = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/** The certificate authorities that the environment adds to the system's, as PEM; undefined where it adds none. */
export function certificateAuthorities(environment: Environment): string | undefined {
  const texts = variables.filter((name) => (environment[name] ?? "") !== "").map((name) => pemOf(name, environment[name] ?? ""));
  return texts.length === 0 ? undefined : texts.join("\n");
}

function pemOf(variable: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "latin1");
  } catch (error) {
    throw invalid(variable, file, `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
  if (!text.includes("-----BEGIN ")) throw invalid(variable, file, `${file} has no certificate in PEM form`);
  return text;
}

const invalid = (variable: string, file: string, message: string, cause?: unknown): ClawError =>
  new ClawError(
    "SETTINGS_INVALID",
    `${variable}: ${message}`,
    { problems: [{ file, key: variable, message }] },
    { cause, fix: `correct or unset ${variable}` },
  );
