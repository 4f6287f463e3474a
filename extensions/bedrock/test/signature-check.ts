import { createHash, createHmac } from "node:crypto";
import type { RecordedRequest } from "@claw/testing/conformance";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

export interface CheckedSignature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  /** Whether it is what AWS's documents say it has to be for what arrived. */
  readonly isRight: boolean;
}

/** Computes Signature Version 4 for a request as it arrived, from AWS's documents and not from the SDK. */
export function checkSignature({ method, path, headers, text }: RecordedRequest, secretAccessKey: string): CheckedSignature {
  const [, credential = "", signedNames = "", signature = ""] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/.exec(headers["authorization"] ?? "") ?? [];
  const [accessKeyId = "", date = "", region = "", service = "", end = ""] = credential.split("/");
  const signedHeaders = signedNames.split(";");
  const [pathname = "", query = ""] = path.split("?");
  // The path is encoded once more than it travels.
  const canonicalPath = pathname
    .split("/")
    .map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`))
    .join("/");
  const canonical = [
    method,
    canonicalPath,
    query.split("&").sort().join("&"),
    ...signedHeaders.map((name) => `${name}:${(headers[name] ?? "").trim().replaceAll(/\s+/g, " ")}`),
    "",
    signedNames,
    sha256(text),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"] ?? "", `${date}/${region}/${service}/${end}`, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${secretAccessKey}`);
  return { accessKeyId, region, service, signedHeaders, isRight: end === "aws4_request" && hmac(key, toSign).toString("hex") === signature };
}
