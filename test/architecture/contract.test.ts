import { expect, test } from "vitest";
import { contractOf } from "../../marketplace/src/author/contract.ts";

const head = "// Generated from extension.json of acme/x by `claw ext types`. Do not edit.\n";

test("a manifest that says little gives a contract that allows little", () => {
  expect(contractOf({ name: "acme/x" })).toBe(`${head}
export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {};
  readonly uses: {};
}
`);
});

test("a manifest becomes the types of its author", () => {
  const input = {
    type: "object",
    required: ["path"],
    properties: {
      path: { type: "string", format: "path" },
      lines: { type: ["integer", "null"] },
      unit: { enum: ["words", "lines"] },
      tags: { type: "array", items: { enum: ["a", "b"] } },
      where: { anyOf: [{ type: "string" }, { type: "object", properties: { url: { type: "string" } } }] },
      any: {},
    },
  };
  expect(
    contractOf({
      name: "acme/x",
      config: {
        type: "object",
        required: ["url"],
        properties: {
          url: { type: "string" },
          "max-bytes": { type: "integer", default: 5 },
          hosts: { type: "object", additionalProperties: { type: "boolean" } },
        },
      },
      hooks: { PreToolUse: { guard: {}, decide: { match: "bash" } }, Stop: { observe: {} } },
      uses: ["workspace", "acme/quota?"],
      provides: {
        tool: { count_file: { description: "Counts", input, effect: "read" }, "acme__*": { dynamic: true } },
        service: { secrets: {}, "acme/quota": {} },
        provider: { "acme-model": {} },
        exporter: { x: {} },
      },
    }),
  ).toBe(`${head}import type { DynamicTool, Exporter, ModelProvider, Secrets, Tool } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly url: string; readonly "max-bytes": number; readonly hosts?: { readonly [key: string]: boolean } };
  readonly hooks: { readonly PreToolUse: "guard" | "decide"; readonly Stop: "observe" };
  readonly provides: {
    readonly tool: { readonly count_file: Tool<{ readonly path: string; readonly lines?: number | null; readonly unit?: "words" | "lines"; readonly tags?: readonly ("a" | "b")[]; readonly where?: string | { readonly url?: string }; readonly any?: unknown }>; readonly [name: \`acme__\${string}\`]: DynamicTool };
    readonly service: { readonly secrets: Secrets; readonly "acme/quota": unknown };
    readonly provider: { readonly "acme-model": ModelProvider };
    readonly exporter: { readonly x: Exporter };
  };
  readonly uses: { readonly workspace: true; readonly "acme/quota": false };
}
`);
});
