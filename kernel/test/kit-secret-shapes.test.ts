import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSecretName, secretFilter } from "../kit/secret-shapes.ts";

const filter = (environment: Readonly<Record<string, string | undefined>> = {}) => secretFilter(environment, (name) => `[${name}]`);

// Put together here so that no scanner takes this file for a leak.
const join = (...parts: readonly string[]): string => parts.join("");
const pemLine = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
const begin = join("-----BEGIN RSA ", "PRIVATE KEY-----");
const end = join("-----END RSA ", "PRIVATE KEY-----");

test.each([
  "ANTHROPIC_API_KEY",
  "OPENAI_APIKEY",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "DB_KEY_PROD",
  "SSH_KEY",
  "KEYS",
  "GITHUB_TOKEN",
  "TOKENS_OLD",
  "GH_PAT",
  "REGISTRY_PASS",
  "npm_config__auth",
  "PGPASSWORD",
  "DB_PASSWORD_PROD",
  "MYSQL_PASSWD",
  "SIGNING_PASSPHRASE",
  "CLIENT_SECRET",
  "Session_Secret",
  "GOOGLE_APPLICATION_CREDENTIALS",
  "private_key",
])("%s is named like a secret", (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each(["PATH", "HOME", "EDITOR", "KEYBOARD", "SSH_AUTH_SOCK", "GIT_AUTHOR_NAME", "COMPASS", "MONKEY", "XDG_DATA_HOME", "PWD"])("%s is not", (name) => {
  expect(isSecretName(name)).toBe(false);
});

describe("the values of variables", () => {
  test("named like secrets are marked with the name, if they are long enough to be any", () => {
    const environment = {
      MY_API_KEY: "correct+horse(battery",
      DB_PASSWORD: "hunter2hunter2",
      CI_TOKEN: "abc",
      PATH: "/usr/bin:/bin",
      NO_TOKEN: undefined,
      Session_Secret: " padded-secret-value\n",
    };
    expect(filter(environment).text("a=correct+horse(battery b=hunter2hunter2 c=abc d=/usr/bin:/bin e=padded-secret-value")).toBe(
      "a=[MY_API_KEY] b=[DB_PASSWORD] c=abc d=/usr/bin:/bin e=[Session_Secret]",
    );
  });

  test("of which one begins like another leave nothing behind", () => {
    expect(filter({ A_KEY: "secretsecret", B_KEY: "secretsecret-longer" }).text("secretsecret-longer secretsecret")).toBe("[B_KEY] [A_KEY]");
  });

  test("are found in what is opaque too, and nothing else is", () => {
    const lookalike = join("AKIA", "IOSFODNN7EXAMPLE");
    expect(filter({ THE_KEY: "known-secret" }).opaque(`${lookalike} known-secret`)).toBe(`${lookalike} [THE_KEY]`);
    expect(filter().opaque(lookalike)).toBe(lookalike);
  });

  test("never survive in any text", () => {
    const secret = fc.string({ minLength: 8 }).filter((text) => text.trim().length >= 8 && !"[THE_KEY]".includes(text.trim()));
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) =>
        filter({ THE_KEY: value }).text(`${before}${value.trim()}${after}`).includes("[THE_KEY]"),
      ),
    );
  });
});

describe("what looks like a secret", () => {
  const cases: readonly (readonly [text: string, kind: string])[] = [
    [join("sk-", "ant-api03-AbCdEfGhIjKlMnOpQrSt"), "anthropic-key"],
    [join("sk-", "ant-api03-Zz09_-a"), "anthropic-key"],
    [join("sk-", "proj-abc123def456ghi789jkl"), "api-key"],
    [join("sk-", "0123456789abcdef"), "api-key"],
    [join("AKIA", "IOSFODNN7EXAMPLE"), "aws-key"],
    [join("ASIA", "IOSFODNN7EXAMPLE"), "aws-key"],
    [join("ghp_", "abcdefghijklmnop"), "github-token"],
    [join("gho_", "abcdefghijklmnopqrstuvwxyz0123456789"), "github-token"],
    [join("github_", "pat_11ABCDEFG0abcdefghijkl_mnop"), "github-token"],
    [join("glpat-", "abcdefghij0123456789"), "gitlab-token"],
    [join("AIza", "SyA-1234567890abcdefghijklmnopqrstu"), "google-key"],
    [join("xox", "b-123456789012-abcdefghij"), "slack-token"],
    [join("xapp-", "1-A0123456789-0123456789"), "slack-token"],
    [join("npm_", "abcdefghijklmnopqrstuvwxyz0123456789"), "npm-token"],
    [join("pypi-", "AgEIcHlwaS5vcmcabcdefghijklmnopqrstuvwxyz0123456789"), "pypi-token"],
    [join("hf_", "abcdefghijklmnopqrstuvwxyzABCDEFGH"), "hugging-face-token"],
    [join("ya29.", "a0AfB_byC-abcdefghijklmnop"), "google-token"],
    [join("GOCSPX-", "abcdefghijklmnopqrstuvwx"), "google-secret"],
    [join("sk_live_", "abcdefghijklmnop01234567"), "stripe-key"],
    [join("whsec_", "abcdefghijklmnopqrstuvwxyz012345"), "stripe-secret"],
    [join("SG.", "abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"), "sendgrid-key"],
    [join("dop_v1_", "0123456789abcdef".repeat(4)), "digitalocean-token"],
    [join("dckr_pat_", "abcdefghijklmnopqrstuvwxyz0"), "docker-token"],
    [join("ATATT3x", "FfGF0abcdefghijklmnopqrstuvwxyz=0123ABCD"), "atlassian-token"],
    [join("lin_api_", "abcdefghijklmnopqrstuvwxyz0123456789ABCD"), "linear-key"],
    [join("gsk_", "abcdefghijklmnopqrstuvwxyz0123456789"), "groq-key"],
    [join("xai-", "abcdefghijklmnopqrstuvwxyz0123456789"), "xai-key"],
    [join("hvs.", "CAESIJabcdefghijklmnopqrstuvwxyz"), "vault-token"],
    [join("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijklmnopqrstuvwx"), "web-token"],
    [`${begin}\n${pemLine}\n${pemLine}\n${end}`, "private-key"],
    [`${begin}\nMHc\n${end}`, "private-key"],
    [`${begin}\nProc-Type: 4,ENCRYPTED\n\n${pemLine}\n${end}`, "private-key"],
    [`${begin}\\n" +\n  "${pemLine}\\n${end}`, "private-key"],
    [`${begin}\n2\u2192${pemLine}\n3\u2192${pemLine}\n4\u2192${end}`, "private-key"],
  ];

  test.each(cases)("such as %j is marked with its kind", (text, kind) => {
    for (const [before, after] of [
      ["", ""],
      ["export K=", "\n"],
      ['{"key":"', '"}'],
      ["\n", ", and more"],
      ["1\u2192", ""],
    ] as const)
      expect(filter().text(before + text + after)).toBe(`${before}[${kind}]${after}`);
  });

  test("may be a private key that was cut off", () => {
    expect(filter().text(`${begin}\n${pemLine}\n${pemLine}`)).toBe("[private-key]");
    expect(filter().text(`${begin}\n${pemLine}\n${pemLine} ${begin}\n${pemLine}\n${end} end`)).toBe("[private-key][private-key] end");
  });

  test("may be a password in an address, which keeps the rest of it", () => {
    expect(filter().text("postgres://user:hunter@db.test/x and redis://:p:w@h, https://a:b@c")).toBe(
      "postgres://user:[password]@db.test/x and redis://:[password]@h, https://a:[password]@c",
    );
    expect(filter({ THE_TOKEN: "known-secret" }).text("https://known-secret:x-oauth-basic@github.test")).toBe("https://[THE_TOKEN]:[password]@github.test");
  });

  test("may be the value of a variable that is named like a secret, of a header, of a key in a vendor's file", () => {
    for (const [before, value, after] of [
      ["DB_PASSWORD=", "hunter2hunter2", "\n"],
      ["A=1\n  export GITHUB_TOKEN = '", "0123456789abcdef", "'"],
      ["> authorization: Bearer ", "abc.def-ghi_jkl0", "\r\n"],
      ['{"Authorization":"Basic ', "dXNlcjpwYXNzd29yZA==", '"}'],
      ["aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""],
      ["DefaultEndpointsProtocol=https;AccountKey=", "abcdefghijklmnopqrstuvwxyz0123456789==", ";x"],
      ["//registry.test/:_authToken=", "0123456789abcdef", "\n"],
      ['"refresh_token": "', "1//0abcdefghijkl", '"'],
    ] as const)
      expect(filter().text(`${before}${value}${after}`)).toBe(`${before}[secret]${after}`);
    expect(filter({ THE_TOKEN: "known-secret" }).text("THE_TOKEN=known-secret")).toBe("THE_TOKEN=[THE_TOKEN]");
  });

  test("is no more than that: names, words, templates and placeholders stay", () => {
    for (const text of [
      "sk-fading-circle-container-before",
      "task-0123456789abcdef0123456789",
      "ask-anthropic and task-123",
      "AKIA is a prefix",
      "AIzaShort",
      "xoxo-love",
      `grep '${begin}' .`,
      "ghp_short",
      "disk-2026-11-22-backup-0001",
      "http://localhost:3000/@scope",
      "https://example.test:8080",
      "mail://a@b",
      "postgres://user:${password}@db",
      "postgres://user:$DB_PASSWORD@db",
      "postgres://user:{pw}@db",
      "ftp://user:<password>@host",
      "ftp://user:****@host",
      "API_KEY=$OTHER_KEY",
      "API_KEY=your-key-goes-here",
      "API_KEY=<the key>",
      "MAX_TOKENS=1000000000",
      "TOKENIZER_PATH=/usr/share/tokenizer",
      "Authorization: Bearer $TOKEN_OF_MINE",
      "npm_config_registry",
      "hf_hub_download",
    ])
      expect(filter().text(text)).toBe(text);
  });
});

test("hostile text costs no more than its length", () => {
  const { text } = filter({ A_KEY: "secretsecret" });
  const time = (hostile: string): number => {
    const began = process.cpuUsage();
    text(hostile);
    return process.cpuUsage(began).user / 1000;
  };
  const hostile = [
    "sk-",
    " sk-a",
    " sk-aaaaa-aaaaa",
    "-----BEGIN ",
    begin,
    `${begin}"`,
    `${begin}${"A".repeat(60)}.`,
    `${begin}${"-x".repeat(8000)}`,
    "AIza",
    "secretsecre",
    "xox",
    " sk-ant-",
    "://",
    "a://",
    "a://b:",
    "a://b:${",
    "a://b:<",
    "a://b:*",
  ];
  for (const part of hostile) expect(time(part.repeat(Math.ceil(1_000_000 / part.length))), part.slice(0, 60)).toBeLessThan(1000);
});

test("a text of many megabytes is no matter", () => {
  for (const start of [begin, join("sk-", "1"), "a://b:", join("gl", "pat-")])
    expect(filter().text(start + "a".repeat(16_000_000)).length).toBeGreaterThan(15_900_000);
});
