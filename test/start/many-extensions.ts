import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type StoreLocation, commitGrants, commitTrust, grantKeyOf } from "@claw/kernel/host";
import { install, packFiles, publisherOfKey, signArtifact } from "@claw/marketplace";

/** Code that is never to run. */
const fails = `export default { api: 1, activate() { throw new Error("woken for nothing"); } };\n`;
const nameOf = (index: number): string => `many/ext-${index}`;

/** Installs so many small extensions of a publisher of their own into the user's store of a CLAW_HOME, and chooses so many of them in its settings. Each has the same code. */
export async function installMany(home: string, count: number, chosen: number, code: string = fails): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const store: StoreLocation = { kind: "user", folder: join(home, "data", "ext"), sealKeyFile: join(home, "state", "seal.key") };
  const signal = new AbortController().signal;
  mkdirSync(store.folder, { recursive: true, mode: 0o700 });
  await commitTrust(store, (current) => ({ ...current, publishers: { [publisherOfKey(publicKey)]: { tier: "trusted", pem } } }), signal);
  const packages = Array.from({ length: count }, (_value, index) => {
    const { archive } = packFiles([
      { path: "extension.json", data: Buffer.from(JSON.stringify(manifestOf(index))), executable: false },
      { path: "dist/index.mjs", data: Buffer.from(code), executable: false },
    ]);
    return {
      archive,
      bundle: Buffer.from(signArtifact(archive, privateKey)),
      publishers: [{ kind: "key", pem } as const],
      marketplace: "many",
      resolved: `${nameOf(index)}.tgz`,
      tier: "trusted",
      requestedBy: ["user"],
    } as const;
  });
  const admitted = await install(packages, { store, now: new Date() }, signal);
  const granted = Object.fromEntries(
    admitted.map(({ name, entry }) => [grantKeyOf(name, entry), { granted: entry.requested, at: new Date().toISOString(), by: "flag" } as const]),
  );
  await commitGrants(store, () => granted, signal);
  mkdirSync(join(home, "config"), { recursive: true });
  writeFileSync(
    join(home, "config", "settings.json"),
    JSON.stringify({ extensions: Object.fromEntries(packages.slice(0, chosen).map((_one, index) => [nameOf(index), "^1"])) }),
  );
}

/** As large as a real one: a command, a hook that never matches, a config. */
const manifestOf = (index: number): object => ({
  name: nameOf(index),
  version: "1.0.0",
  displayName: `Extension ${index}`,
  description: "One of many, that no run needs",
  license: "MIT",
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  permissions: { conversation: "read" },
  uses: ["workspace?"],
  provides: { command: { [`many-${index}`]: { description: "A command nobody types" } } },
  hooks: { PreToolUse: { guard: { match: `no_such_tool_${index}` } } },
  config: {
    type: "object",
    properties: {
      region: { type: "string", default: "us-east-1", maxLength: 32, description: "A region" },
      retries: { type: "integer", default: 3, description: "How often" },
    },
  },
});
