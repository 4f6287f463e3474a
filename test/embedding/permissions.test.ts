import { type Classifier, type TurnEvent, defineExtension } from "@claw/kernel";
import type { Manifest } from "@claw/kernel/host";
import { plainWorkspace, scriptedModel } from "@claw/testing";
import { describe, expect, test } from "vitest";
import permissionsManifest from "../../extensions/permissions/extension.json" with { type: "json" };
import permissions from "../../extensions/permissions/src/index.ts";
import { embedded, never, program, text } from "./program.ts";

const manifestOf = (name: string, more: Partial<Manifest>): Manifest => ({
  name,
  version: "1.0.0",
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  permissions: {},
  ...more,
});

const deploy = embedded(
  manifestOf("acme/deploy", { provides: { tool: { deploy: { description: "Deploys", effect: "network", input: { type: "object" } } } } }),
  defineExtension((claw) => claw.provide({ kind: "slot", id: "tool" } as never, "deploy", (async () => "deployed") as never)),
);

const classifierOf = (judge: Classifier) =>
  embedded(
    manifestOf("acme/judge", { provides: { classifier: { judge: { description: "Judges", verdicts: ["allow", "ask", "deny"] } } } }),
    defineExtension((claw) => claw.provide({ kind: "slot", id: "classifier" } as never, "judge", judge as never)),
  );

/** What became of one call, and what was asked. */
async function outcomeOf(options: { readonly config?: object; readonly judge?: Classifier; readonly answer?: string }): Promise<readonly unknown[]> {
  const { models } = scriptedModel([{ calls: [{ name: "deploy" }] }, "done"]);
  const asked: string[] = [];
  await using one = program({
    extensions: [deploy, embedded(permissionsManifest, permissions), ...(options.judge === undefined ? [] : [classifierOf(options.judge)])],
    config: { "claw/permissions": { ...options.config } },
    services: { models, workspace: plainWorkspace() },
    ...(options.answer === undefined
      ? {}
      : {
          asker: {
            ask: async (question) => {
              asked.push(question.call?.tool ?? "");
              return { id: question.options.find(({ kind }) => kind === options.answer)?.id ?? "" };
            },
          },
        }),
  });
  const session = await one.kernel.client.open({ cwd: one.folder, workspace: "0123456789abcdef", roots: [one.folder] });
  const events: readonly TurnEvent[] = await Array.fromAsync(one.kernel.client.prompt(session, [text("deploy")], never()));
  return [...events.flatMap((event) => (event.type === "tool-result" ? [event.outcome] : [])), asked];
}

describe("need 9: rules, classifiers and the one who is asked are parts of their own", () => {
  test("nobody to ask means no", async () => {
    expect(await outcomeOf({})).toEqual(["denied", []]);
  });

  test("a rule decides without a question", async () => {
    expect(await outcomeOf({ config: { allow: ["deploy"] } })).toEqual(["ok", []]);
    expect(await outcomeOf({ config: { deny: ["deploy"] }, answer: "allow-once" })).toEqual(["denied", []]);
  });

  test("the program's own classifier decides in auto mode, and one that fails lets a person decide", async () => {
    const auto = { defaultMode: "auto", trustClassifiers: ["acme/judge"] };
    expect(await outcomeOf({ config: auto, judge: async () => ({ decision: "allow", reason: "a dry run" }), answer: "reject-once" })).toEqual(["ok", []]);
    expect(await outcomeOf({ config: auto, judge: async () => ({ decision: "deny", reason: "Friday" }), answer: "allow-once" })).toEqual(["denied", []]);
    const failing: Classifier = async () => {
      throw new Error("no idea");
    };
    expect(await outcomeOf({ config: auto, judge: failing, answer: "reject-once" })).toEqual(["denied", ["deploy"]]);
  });
});
