import { ClawError } from "@claw/kernel";

interface SystemError {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly errors?: unknown;
}

/** Codes of a certificate that was looked at and refused: the next try would see the same one. */
const refusedCertificate =
  /^(?:CERT_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CRL_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)/;

/** A failure of a connection in a sentence. `proxy` is where the connection went through, without credentials. */
export function networkFailure(error: unknown, host: string, proxy: string | undefined): ClawError<"NETWORK_FAILED"> {
  if (ClawError.is(error, "NETWORK_FAILED")) return error;
  const code = codeOf(error);
  const certificate = refusedCertificate.test(code);
  const tunnel = code === "ERR_PROXY_TUNNEL" ? (error as SystemError).statusCode : undefined;
  const gate = proxy === undefined ? undefined : `the proxy ${proxy}`;
  const message = typeof tunnel === "number" ? `${gate ?? "the proxy"} answered ${tunnel} when asked for ${host}` : sentence(code, host, gate);
  return new ClawError(
    "NETWORK_FAILED",
    message,
    { host },
    {
      cause: error,
      retryable: !certificate && !(typeof tunnel === "number" && tunnel < 500),
      ...fixOf(code, certificate, tunnel, proxy !== undefined),
    },
  );
}

/** The code of an error, or of the first of those that several addresses gave. */
function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { code, errors } = error as SystemError;
  if (typeof code === "string") return code;
  return Array.isArray(errors) ? codeOf(errors[0]) : "";
}

function sentence(code: string, host: string, gate: string | undefined): string {
  const there = gate === undefined ? host : `${host} through ${gate}`;
  switch (code) {
    case "ENOTFOUND":
      return gate === undefined ? `the name ${host} is not known` : `${gate} is not known by its name`;
    case "EAI_AGAIN":
      return `the name ${gate === undefined ? host : `of ${gate}`} could not be looked up: is there a network?`;
    case "ECONNREFUSED":
      return `${gate ?? host} refused the connection`;
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_PROXY_TUNNEL":
      return `the connection to ${there} was closed`;
    case "ETIMEDOUT":
    case "ERR_SOCKET_CONNECTION_TIMEOUT":
      return `the connection to ${there} took too long`;
    case "ENETUNREACH":
    case "EHOSTUNREACH":
    case "ENETDOWN":
    case "EADDRNOTAVAIL":
      return `${gate ?? host} cannot be reached: is there a network?`;
    case "CERT_HAS_EXPIRED":
      return `the certificate of ${host} has expired`;
    case "CERT_NOT_YET_VALID":
      return `the certificate of ${host} is not valid yet: is the clock of this machine right?`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `the certificate of ${host} is for another name`;
    case "Z_BUF_ERROR":
      return `the answer of ${host} ended too soon`;
    default:
      if (/^(?:Z_|ERR__ERROR_|ERR_BROTLI|ZSTD_)/.test(code)) return `the answer of ${host} cannot be unpacked (${code})`;
      if (refusedCertificate.test(code)) return `the certificate of ${host} is signed by no authority that is trusted here (${code})`;
      if (code.startsWith("ERR_SSL_") || code === "EPROTO") return `${there} does not speak TLS as it should (${code})`;
      if (code.startsWith("HPE_")) return `${there} answered with something that is not HTTP (${code})`;
      return code === "" ? `the connection to ${there} failed` : `the connection to ${there} failed (${code})`;
  }
}

/** Nobody was reached: of a proxy, the proxy itself. */
const unreached: ReadonlySet<string> = new Set(["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH"]);

function fixOf(code: string, certificate: boolean, tunnel: unknown, hasProxy: boolean): { readonly fix?: string } {
  if (hasProxy && unreached.has(code)) return { fix: "correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY" };
  if (code === "ENOTFOUND") return { fix: "check how the host is written, and the network; behind a proxy, export HTTPS_PROXY=http://host:port" };
  if (tunnel === 407) return { fix: "put the proxy's user and password into HTTPS_PROXY: http://user:password@host:port" };
  return certificate ? { fix: "name your authority's PEM file in NODE_EXTRA_CA_CERTS, or set http.systemAuthorities to true" } : {};
}
