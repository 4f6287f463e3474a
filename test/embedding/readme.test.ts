import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Host, SessionStore, TurnEvent } from "@claw/kernel";
import type { EmbeddedExtension } from "@claw/kernel/host";
import { memoryStore } from "@claw/testing";
import { expect, test } from "vitest";
import openaiManifest from "../../extensions/openai/extension.json" with { type: "json" };
import openai from "../../extensions/openai/src/index.ts";
import routerManifest from "../../extensions/model-router/extension.json" with { type: "json" };
import router from "../../extensions/model-router/src/index.ts";
import { startResponsesServer } from "../wire/openai-responses-server.ts";
import { embedded, never } from "./program.ts";

/** What the example in the author's guide takes for granted. */
export interface Given {
  readonly extensions: readonly EmbeddedExtension[];
  readonly keys: Readonly<Record<string, string>>;
  readonly store: SessionStore;
  readonly folders: Host["folders"];
  readonly fetch: typeof globalThis.fetch;
  readonly cwd: string;
  readonly workspace: string;
  readonly signal: AbortSignal;
  show(event: TurnEvent): void;
}

const root = join(import.meta.dirname, "../..");

/** The example as a module: its imports, and the rest in a function. */
function moduleOf(example: string): string {
  const lines = example.split("\n");
  const isImport = (line: string): boolean => line.startsWith("import ");
  return [
    ...lines.filter(isImport),
    `import type { Given } from ${JSON.stringify(import.meta.filename)};`,
    "export async function run({ extensions, keys, store, folders, fetch, cwd, workspace, signal, show }: Given): Promise<void> {",
    ...lines.filter((line) => !isImport(line)),
    "}",
  ].join("\n");
}

test("the example in the author's guide compiles, and runs as it stands", async () => {
  const guide = readFileSync(join(root, "kernel/README.md"), "utf8");
  const [example] = [...guide.matchAll(/```ts\n([^]*?)```/g)].flatMap(([, code = ""]) => (code.includes("embedKernel(") ? [code] : []));
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules/.cache/readme-"));
  try {
    const file = join(folder, "example.ts");
    writeFileSync(file, moduleOf(example ?? ""));
    writeFileSync(join(folder, "mistaken.ts"), moduleOf(example ?? "").replace("platform:", "platfrom:"));
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "kernel/tsconfig.json"),
        compilerOptions: {
          composite: false,
          incremental: false,
          noEmit: true,
          allowImportingTsExtensions: true,
          rewriteRelativeImportExtensions: false,
          rootDir: root,
          types: ["node"],
          customConditions: ["claw-source"],
        },
        files: ["example.ts", "mistaken.ts"],
        include: [],
        references: [],
      }),
    );
    let problems = "";
    try {
      execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
    } catch (error) {
      problems = (error as { readonly stdout: string }).stdout;
    }
    expect([problems.includes("mistaken.ts"), problems.split("\n").filter((line) => line.includes("example.ts"))]).toEqual([true, []]);

    await using server = await startResponsesServer([{ blocks: [{ type: "text", text: "Hello from the gateway." }] }]);
    const asked: string[] = [];
    const events: TurnEvent[] = [];
    const { run } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { readonly run: (given: Given) => Promise<void> };
    await run({
      extensions: [embedded(openaiManifest, openai), embedded(routerManifest, router)],
      keys: { OPENAI_API_KEY: "sk-embedded-0123456789abcdef" },
      store: memoryStore(folder),
      folders: { config: folder, data: folder, state: folder, cache: folder, bin: folder },
      fetch: (input, init) => {
        asked.push(String(input));
        return fetch(String(input).replace("https://gateway.example", server.url), init);
      },
      cwd: folder,
      workspace: "0123456789abcdef",
      signal: never(),
      show: (event) => void events.push(event),
    });
    expect(asked).toEqual(["https://gateway.example/v1/responses"]);
    expect(events.flatMap((event) => (event.type === "reply" ? event.content : []))).toMatchObject([{ type: "text", text: "Hello from the gateway." }]);
    expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
