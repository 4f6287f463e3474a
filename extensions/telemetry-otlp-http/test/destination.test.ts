import { describe, expect, test } from "vitest";
import type { Contract } from "../src/contract.gen.ts";
import { type Destination, destinationOf } from "../src/destination.ts";
import { pairsOf } from "../src/pairs.ts";
import { resourceOf } from "../src/resource.ts";
import { variablesOf } from "../src/variables.ts";
import { configOf } from "./setting.ts";

type Environment = Readonly<Record<string, string>>;

const of = (config: Partial<Contract["config"]>, environment: Environment = {}, isOffline = false): Destination =>
  destinationOf(configOf(config), variablesOf(environment), isOffline);
const urlOf = (destination: Destination): string => (destination.type === "on" ? destination.delivery.url : `${destination.type}: ${sentenceOf(destination)}`);
const sentenceOf = (destination: Exclude<Destination, { readonly type: "on" }>): string =>
  destination.type === "off" ? destination.reason : destination.error.message;

const endpoint = "https://collector.example/in";

describe("nothing is sent", () => {
  test("before somebody says where to", () => {
    expect(urlOf(of({}))).toBe("off: no endpoint is configured");
    expect(urlOf(of({ endpoint: " " }, { OTEL_EXPORTER_OTLP_ENDPOINT: "" }))).toBe("off: no endpoint is configured");
  });

  test.each(["1", "true", "yes", "please"])("with DO_NOT_TRACK=%s, whatever else is said", (value) => {
    expect(urlOf(of({ endpoint }, { DO_NOT_TRACK: value, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: "false" }))).toBe(
      `off: DO_NOT_TRACK=${value} switches it off`,
    );
  });

  test.each(["", "0", "false"])("DO_NOT_TRACK=%j asks for nothing", (value) => {
    expect(urlOf(of({ endpoint }, { DO_NOT_TRACK: value }))).toBe(endpoint);
  });

  test("when OpenTelemetry is switched off for all programs, or for logs", () => {
    expect(urlOf(of({ endpoint }, { OTEL_SDK_DISABLED: "TRUE" }))).toBe("off: OTEL_SDK_DISABLED=true switches it off");
    expect(urlOf(of({ endpoint }, { OTEL_LOGS_EXPORTER: "none" }))).toBe("off: OTEL_LOGS_EXPORTER=none switches it off");
    expect(urlOf(of({ endpoint }, { OTEL_SDK_DISABLED: "1", OTEL_LOGS_EXPORTER: "otlp" }))).toBe(endpoint);
  });

  test("offline, but to this machine", () => {
    expect(urlOf(of({ endpoint }, {}, true))).toBe("off: claw is offline");
    expect(urlOf(of({ endpoint: "http://127.0.0.1:4318/v1/logs" }, {}, true))).toBe("http://127.0.0.1:4318/v1/logs");
  });

  test("to an address that is meant for gRPC", () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4317", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    expect(urlOf(of({}, environment))).toContain("OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
    expect(urlOf(of({ endpoint }, environment))).toBe(endpoint);
    expect(urlOf(of({}, { ...environment, OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf" }))).toBe("http://127.0.0.1:4317/v1/logs");
  });
});

describe("where records go", () => {
  test("the endpoint of logs is used as it is, that of all signals has logs below it", () => {
    expect(urlOf(of({ endpoint: "https://c.example/logs/" }))).toBe("https://c.example/logs/");
    for (const base of ["https://c.example", "https://c.example/", "https://c.example//"])
      expect(urlOf(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: base }))).toBe("https://c.example/v1/logs");
    expect(urlOf(of({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "https://c.example/otlp/v1/logs" }))).toBe("https://c.example/otlp/v1/logs/v1/logs");
    expect(urlOf(of({ endpoint }, { OTEL_EXPORTER_OTLP_ENDPOINT: "https://other.example" }))).toBe(endpoint);
  });

  test("the prior system's variable counts where there is no other", () => {
    for (const url of ["https://old.example", "https://old.example/v1/logs"])
      expect(urlOf(of({}, { CLAWD_OTLP_HTTP_ENDPOINT: url }))).toBe("https://old.example/v1/logs");
    expect(urlOf(of({}, { CLAWD_OTLP_HTTP_ENDPOINT: "https://old.example", OTEL_EXPORTER_OTLP_ENDPOINT: "https://new.example" }))).toBe(
      "https://new.example/v1/logs",
    );
  });

  test.each([
    ["collector:4318", "begins with https://"],
    ["ftp://c.example", "begins with https://"],
    ["http://c.example/v1/logs", "unencrypted to c.example"],
    ["http://127.0.0.1.evil.example/v1/logs", "unencrypted"],
    ["https://ada:hunter2@c.example/v1/logs", "no place for a password"],
    ["https://c.example/v1/logs?key=hunter2", "has a query"],
  ])("%s is refused in a sentence that repeats no secret", (address, why) => {
    const said = urlOf(of({ endpoint: address }));
    expect(said).toMatch(/^refused: /);
    expect(said).toContain(why);
    expect(said).not.toContain("hunter2");
  });

  test.each(["http://localhost:4318/v1/logs", "http://[::1]:4318/v1/logs", "http://127.9.9.9/v1/logs"])("%s is this machine and may be plain", (address) => {
    expect(urlOf(of({ endpoint: address }))).toBe(address);
  });

  test("a person may say that the network is safe enough", () => {
    expect(urlOf(of({ endpoint: "http://collector.cluster/v1/logs", insecure: true }))).toBe("http://collector.cluster/v1/logs");
  });

  test("no project may set any of it", async () => {
    const { default: manifest } = await import("../extension.json", { with: { type: "json" } });
    expect(Object.entries(manifest.config.properties).filter(([, property]) => "project" in property)).toEqual([]);
  });
});

describe("how records go", () => {
  const deliveryOf = (config: Partial<Contract["config"]>, environment: Environment = {}): unknown => {
    const destination = of({ endpoint, ...config }, environment);
    return destination.type === "on" ? destination.delivery : destination;
  };

  test("headers, compression and time come from the environment, and the config counts over it", () => {
    const environment = {
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=one%3Dtwo, x-team = a%2Cb,api-key=later",
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: "x-team=logs",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_TIMEOUT: "4000",
    };
    expect(deliveryOf({}, environment)).toMatchObject({ headers: { "api-key": "later", "x-team": "logs" }, compression: "gzip", timeoutMs: 4000 });
    expect(deliveryOf({ headers: { "x-team": "mine" }, compression: "none", timeoutMs: 5000 }, environment)).toMatchObject({
      headers: { "api-key": "later", "x-team": "mine" },
      compression: "none",
      timeoutMs: 5000,
    });
    expect(deliveryOf({}, { OTEL_EXPORTER_OTLP_TIMEOUT: "600000" })).toMatchObject({ compression: "none", timeoutMs: 30_000 });
  });

  test("what makes no sense is passed over and named, without its value where that may be secret", () => {
    const { problems, ...known } = variablesOf({
      OTEL_EXPORTER_OTLP_HEADERS: "good=1,hunter2,=x,%zz=1",
      OTEL_EXPORTER_OTLP_COMPRESSION: "zstd",
      OTEL_EXPORTER_OTLP_TIMEOUT: "10s",
    });
    expect(known).toEqual({ headers: { good: "1" }, resource: {} });
    expect(problems).toEqual([
      'OTEL_EXPORTER_OTLP_COMPRESSION: "zstd" is neither none nor gzip',
      'OTEL_EXPORTER_OTLP_TIMEOUT: "10s" is no number of milliseconds',
      "OTEL_EXPORTER_OTLP_HEADERS: 3 of its parts are no name=value and are passed over",
    ]);
  });

  test("a header that cannot be sent is refused, its value not repeated", () => {
    expect(urlOf(of({ endpoint }, { OTEL_EXPORTER_OTLP_HEADERS: "api-key=hunter2%0D%0Ax-evil: 1" }))).toMatch(/^refused: (?!.*hunter2).*api-key/);
    expect(urlOf(of({ endpoint, headers: { "bad name": "hunter2" } }))).toMatch(/^refused: (?!.*hunter2)/);
  });

  test("pairs keep whatever stands after the first sign, and nothing named like a prototype does harm", () => {
    expect(pairsOf("a=b=c,,__proto__=1, ")).toEqual({
      values: Object.fromEntries([
        ["a", "b=c"],
        ["__proto__", "1"],
      ]),
      wrong: 0,
    });
  });
});

describe("whose records they are", () => {
  const resource = (config: Partial<Contract["config"]>, environment: Environment, platform = "linux"): object =>
    resourceOf(configOf(config), variablesOf(environment), { version: "1.2.3" }, platform);

  test("claw, its version and the system", () => {
    expect(resource({}, {})).toEqual({ "service.name": "claw", "service.version": "1.2.3", "os.type": "linux" });
    expect(resource({}, {}, "win32")).toMatchObject({ "os.type": "windows" });
  });

  test("a person's words over the environment's, those over the prior system's", () => {
    const environment = { OTEL_RESOURCE_ATTRIBUTES: "service.name=env,team=a%20b", CLAWD_SERVICE_NAME: "old", CLAWD_SERVICE_VERSION: "9" };
    expect(resource({}, { CLAWD_SERVICE_NAME: "old", CLAWD_SERVICE_VERSION: "9" })).toMatchObject({ "service.name": "old", "service.version": "9" });
    expect(resource({}, environment)).toMatchObject({ "service.name": "env", team: "a b" });
    expect(resource({ resource: { team: "c" }, serviceName: "mine" }, environment)).toMatchObject({ "service.name": "mine", team: "c" });
  });
});
