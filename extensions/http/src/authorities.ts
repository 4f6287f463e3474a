import { ClawError } from "@claw/kernel";
import { readFileSync } from "node:fs";

type Environment = Readonly<Record<string, string | undefined>>;
type Tls = typeof import("node:tls");

/**
 * A TLS context that trusts more than Node does by itself, or undefined when nothing more is asked for: making one takes some
 * 10 ms. Files named by `NODE_EXTRA_CA_CERTS` and `SSL_CERT_FILE` add to the built-in authorities.
 */
export function trustedContext(tls: Tls, environment: Environment, systemAuthorities: boolean): import("node:tls").SecureContext | undefined {
  const files = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].filter((name) => (environment[name] ?? "") !== "");
  if (files.length === 0 && !systemAuthorities) return undefined;
  const own = files.flatMap((name) => certificatesOf(name, environment[name] ?? ""));
  const system = systemAuthorities ? tls.getCACertificates("system") : [];
  return tls.createSecureContext({ ca: [...new Set([...tls.getCACertificates("default"), ...system, ...own])] });
}

function certificatesOf(variable: string, file: string): readonly string[] {
  const found = read(variable, file).match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g);
  if (found === null) throw invalid(variable, file, `${variable}: ${file} has no certificate in PEM form`);
  return found;
}

function read(variable: string, file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    throw invalid(variable, file, `${variable}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

const invalid = (variable: string, file: string, message: string, cause?: unknown): ClawError<"SETTINGS_INVALID"> =>
  new ClawError("SETTINGS_INVALID", message, { problems: [{ file, key: variable, message }] }, { cause, fix: `correct or unset ${variable}` });
