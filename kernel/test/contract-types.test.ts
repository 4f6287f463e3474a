import {
  Classifiers,
  Commands,
  type Contract,
  type Extension,
  type ExtensionContext,
  HttpService,
  ProcessesService,
  Providers,
  type Tool,
  Tools,
  WorkspaceService,
  allow,
  block,
  defineExtension,
  deny,
  rewrite,
} from "@claw/kernel";
import type { Classifier, Compactor, ModelProvider, ToolResult } from "@claw/kernel";
import { CompactorService } from "@claw/kernel";
import { expect, test } from "vitest";

/** As `claw ext types` makes it of a manifest. */
interface Acme extends Contract {
  readonly config: { readonly most: number };
  readonly hooks: { readonly PreToolUse: "guard" | "decide"; readonly Stop: "observe" };
  readonly provides: {
    readonly tool: { readonly count_file: Tool<{ readonly path: string; readonly unit?: "lines" | "words" }> };
    readonly classifier: { readonly "protected-paths": Classifier };
    readonly service: { readonly compactor: Compactor };
  };
  readonly uses: { readonly workspace: true; readonly processes: false };
}

/**
 * What the manifest does not declare does not compile. Every line that must not is marked: the compiler refuses the mark where it does.
 * Nothing here runs.
 */
const refused = (claw: ExtensionContext<Acme>, compactor: Compactor, provider: ModelProvider): void => {
  claw.on("PreToolUse", "guard", async () => block("no"));
  claw.on("PreToolUse", "decide", async (event) => (event.call.effect === "read" ? allow("a read") : deny("not a read")));
  claw.on("Stop", "observe", async () => undefined);
  // @ts-expect-error: a guard blocks or says nothing; it never allows
  claw.on("PreToolUse", "guard", async () => allow("fine"));
  // @ts-expect-error: nobody rewrites where calls are decided
  claw.on("PreToolUse", "decide", async () => rewrite({}));
  // @ts-expect-error: who only looks on answers nothing
  claw.on("Stop", "observe", async () => block("stay"));
  // @ts-expect-error: a stage that the manifest does not declare
  claw.on("PreToolUse", "rewrite", async () => undefined);
  // @ts-expect-error: a stage that the event does not have
  claw.on("Stop", "guard", async () => undefined);
  // @ts-expect-error: an event that the manifest does not declare
  claw.on("UserPromptSubmit", "guard", async () => undefined);
  // @ts-expect-error: an event that there is not
  claw.on("PreToolUsed", "guard", async () => undefined);

  claw.provide(Tools, "count_file", async ({ path, unit = "lines" }) => `${path} ${unit}`);
  claw.provide(Tools, "count_file", async (): Promise<ToolResult> => ({ content: [], failed: true }));
  claw.provide(CompactorService, compactor);
  // @ts-expect-error: a tool of a name that the manifest does not declare
  claw.provide(Tools, "count_lines", async () => "3");
  // @ts-expect-error: an input that the tool does not have
  claw.provide(Tools, "count_file", async ({ file }) => String(file));
  // @ts-expect-error: an answer that is no result
  claw.provide(Tools, "count_file", async () => 3);
  // @ts-expect-error: a decision that is none
  claw.provide(Classifiers, "protected-paths", async () => ({ decision: "maybe", reason: "" }));
  // @ts-expect-error: a slot that the manifest does not fill
  claw.provide(Providers, "local", provider);
  // @ts-expect-error: a slot that the manifest does not fill
  claw.provide(Commands, "count", { run: async () => 0 });
  // @ts-expect-error: a service that the manifest does not provide
  claw.provide(HttpService, { fetch });

  const workspace = claw.use(WorkspaceService);
  void workspace.readText("a.txt", {} as never);
  const processes = claw.use(ProcessesService);
  void processes?.start;
  // @ts-expect-error: what may be absent is asked for before it is used
  void processes.start;
  // @ts-expect-error: a dependency that the manifest does not declare
  claw.use(HttpService);
  // @ts-expect-error: a slot that the manifest does not use
  claw.use(Classifiers);

  const most: number = claw.config.most;
  // @ts-expect-error: a property that the config does not have
  void claw.config.least;
  // @ts-expect-error: a config is not changed
  claw.config.most = most + 1;
};

test("what the manifest does not declare does not compile", () => {
  const extension: Extension<Acme> = defineExtension<Acme>((claw) => claw.on("Stop", "observe", async () => undefined));
  expect([extension.api, Object.isFrozen(extension), typeof refused]).toEqual([1, true, "function"]);
});
