import { isIP } from "node:net";
import { type ConfigSchema, type Manifest } from "@claw/kernel/host";
import { type Finding, inManifest, problem } from "./finding.ts";

interface Power {
  readonly netPrivate?: boolean;
  readonly netInsecure?: boolean;
}

/** Under these anybody can have a name, so a star before one of them stands for everybody. */
const shared: ReadonlySet<string> = new Set(
  [
    [
      "co.uk",
      "org.uk",
      "ac.uk",
      "gov.uk",
      "com.au",
      "net.au",
      "org.au",
      "co.jp",
      "ne.jp",
      "or.jp",
      "co.nz",
      "co.za",
      "co.in",
      "co.kr",
      "com.br",
      "com.cn",
      "com.mx",
    ],
    ["com.tr", "com.tw", "com.sg", "com.hk", "github.io", "gitlab.io", "pages.dev", "workers.dev", "vercel.app", "netlify.app", "herokuapp.com", "fly.dev"],
    [
      "web.app",
      "firebaseapp.com",
      "appspot.com",
      "run.app",
      "azurewebsites.net",
      "cloudfront.net",
      "blogspot.com",
      "ngrok.io",
      "ngrok.app",
      "trycloudflare.com",
    ],
  ].flat(),
);

/** What is wrong with the origins a manifest asks for (extensions.md §3.2, permission grammar). `at` is `permissions` or `optionalPermissions`. */
export function netFindings(at: string, origins: readonly unknown[], power: Power, manifest: Pick<Manifest, "config" | "provides">): readonly Finding[] {
  return origins.flatMap((origin, index) => {
    if (typeof origin !== "string") return [];
    const wrong = origin.startsWith("config:") ? configOrigin(origin.slice("config:".length), manifest) : originProblem(origin, power);
    return wrong === undefined ? [] : [problem(inManifest(`${at}.net.${index}`), `${JSON.stringify(origin)} ${wrong.what}`, wrong.fix)];
  });
}

interface Wrong {
  readonly what: string;
  readonly fix: string;
}

function originProblem(origin: string, { netPrivate = false, netInsecure = false }: Power): Wrong | undefined {
  const { scheme = "", host = "", port } = /^(?<scheme>[a-z]+):\/\/(?<host>\[[^\]]*\]|[^/:?#@]*)(?::(?<port>\d+))?$/.exec(origin)?.groups ?? {};
  if (!["https", "http", "wss", "ws"].includes(scheme) || host === "") return { what: "is no origin", fix: '"https://api.acme.example", without a path' };
  if ((scheme === "http" || scheme === "ws") && !netInsecure)
    return { what: "is not encrypted", fix: `${JSON.stringify(origin.replace(/^http|^ws/, (found) => `${found}s`))}, or "netInsecure": true beside it` };
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return { what: "has no such port", fix: JSON.stringify(origin.replace(/:\d+$/, "")) };
  const bare = host.replace(/^\[|\]$/g, "");
  if (isIP(bare) !== 0 || /^[\d.]+$/.test(bare))
    return netPrivate ? undefined : { what: "is an address", fix: 'a name such as "https://api.acme.example", or "netPrivate": true beside it' };
  if (!host.includes(".") && !host.includes("*"))
    return netPrivate ? undefined : { what: "is a host of the local network", fix: '"netPrivate": true beside it' };
  return starProblem(host);
}

/** A star may stand for what its owner gives out: never for a part of the domain that has an owner. */
function starProblem(host: string): Wrong | undefined {
  if (!host.includes("*")) return undefined;
  const labels = host.split(".");
  const owned = labels.slice(-2);
  const fix = '"https://*.api.acme.example": the domain in full, stars before it';
  if (labels.length < 3 || owned.some((label) => label.includes("*"))) return { what: "stands for hosts of everybody", fix };
  if (shared.has(owned.join(".")) && labels.at(-3)?.includes("*") === true)
    return { what: `stands for everybody who has a name under ${owned.join(".")}`, fix };
  if (labels.some((label) => label !== "*" && (label.match(/\*/g)?.length ?? 0) > 1)) return { what: "has several stars in one label", fix };
  return undefined;
}

/** `config:a.b` is the origin the person wrote there, so there has to be such a place. */
function configOrigin(path: string, { config, provides }: Pick<Manifest, "config" | "provides">): Wrong | undefined {
  if (path === "any" && goesWhereItIsSent(provides)) return undefined;
  let schema: ConfigSchema | undefined = config;
  for (const name of path.split(".")) schema = Object.hasOwn(schema?.properties ?? {}, name) ? schema?.properties?.[name] : undefined;
  const fix = `"${path.split(".").at(-1) ?? ""}": { "type": "string", "format": "uri", "description": "…" } in config.properties`;
  if (schema === undefined) return { what: "names no property of config", fix };
  return schema.type === "string" || schema.type === "array" || namesServers(schema) ? undefined : { what: "names a property that holds no origin", fix };
}

/** Whoever opens connections for others goes to addresses that are theirs to know. */
const goesWhereItIsSent = (provides: Manifest["provides"] = {}): boolean =>
  provides["transport"] !== undefined || ["http", "mcp-authorization"].some((service) => provides["service"]?.[service] !== undefined);

/** A map of servers: each has its own `url`. */
const namesServers = ({ additionalProperties: each }: ConfigSchema): boolean => typeof each === "object" && each.properties?.["url"]?.format === "uri";
