import { Commands, Tools } from "@claw/kernel";
import { type Manifest, createKernel, resolve } from "@claw/kernel/host";
import { type EmbeddedExtension, testKernel } from "@claw/testing";
import { expect, test, vi } from "vitest";
import { type AnyContext, errorOf, resultsOf, serviceExtension, tapExtension, toolExtension } from "./fixtures.ts";

const service = (id: string) => ({ kind: "service", id, version: 1 });
const slot = (id: string) => ({ kind: "slot", id, version: 1 });

/** An extension that provides these entries of a slot, as `activate` makes of them. */
function slotExtension(name: string, entries: Record<string, Record<string, object>>, activate: (claw: AnyContext) => void | Promise<void>, more: Partial<Manifest> = {}): EmbeddedExtension {
  const one = serviceExtension(name, [], activate);
  return { ...one, manifest: { ...one.manifest, provides: entries as never, ...more } };
}

test("an extension closes before the services it uses", async () => {
  const order: string[] = [];
  const claw = await testKernel({
    extensions: [
      serviceExtension("user", ["acme/front"], (context) => {
        const back = context.use(service("acme/back")) as { flush(): void };
        context.provide(service("acme/front"), {});
        context.own(() => back.flush());
      }, ["acme/back"]),
      serviceExtension("server", ["acme/back"], (context) => {
        let open = true;
        context.provide(service("acme/back"), { flush: () => void order.push(open ? "flushed" : "too late") });
        context.own(() => { open = false; order.push("server closed"); });
      }),
    ],
  });
  await claw.kernel.service("acme/front");
  await claw[Symbol.asyncDispose]();
  expect(order).toEqual(["flushed", "server closed"]);
});

test("two extensions that wake each other while they activate are told so at once", async () => {
  const began = performance.now();
  await using claw = await testKernel({
    extensions: [
      slotExtension("a", { service: { "acme/a": { description: "" } }, command: { one: { description: "" } } }, async (context) => {
        await (context.use(slot("command")) as { get(name: string): Promise<unknown> }).get("two");
        context.provide(service("acme/a"), {});
      }, { uses: ["command"] }),
      slotExtension("b", { command: { two: { description: "" } } }, (context) => context.provide(Commands, "two", { run: async () => 0 }), { uses: ["acme/a"] }),
    ],
  });
  expect(await errorOf(claw.kernel.service("acme/a"))).toMatchObject({ code: "EXTENSION_FAILED", message: expect.stringContaining("test/b and test/a wake each other while they activate") });
  expect(performance.now() - began).toBeLessThan(2_000);
});

test("waking in a chain or in a diamond is no circle", async () => {
  const command = (name: string, next: readonly string[]) => slotExtension(name, { command: { [name]: { description: "" } } }, async (context) => {
    await Promise.all(next.map((other) => (context.use(slot("command")) as { get(name: string): Promise<unknown> }).get(other)));
    context.provide(Commands, name, { run: async () => 0 });
  }, { uses: ["command"] });
  await using claw = await testKernel({ extensions: [command("top", ["left", "right"]), command("left", ["bottom"]), command("right", ["bottom", "left"]), command("bottom", [])] });
  expect(await claw.kernel.entry("command", "top")).toMatchObject({ run: expect.any(Function) });
});

test("an extension whose code never finishes loading has failed after its time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { manifest } = toolExtension("reader", async () => "read");
    const plan = resolve({ choice: { extensions: { [manifest.name]: "*" }, without: [], prefer: {}, config: {} }, available: new Map([[manifest.name, { manifest, tier: "trusted", origin: "test" }]]), platform: "linux", version: "1.0.0", given: new Set() });
    await using kernel = createKernel({ plan, load: () => new Promise(() => undefined), services: {}, version: "1.0.0", now: () => new Date(0), clock: () => 0, id: () => "" });
    const waking = errorOf(kernel.wake(manifest.name));
    await vi.advanceTimersByTimeAsync(10_001);
    expect(await waking).toMatchObject({ code: "EXTENSION_TIMEOUT", message: "test/reader took longer than 10000 ms in load" });
  } finally {
    vi.useRealTimers();
  }
});

test("what an extension provides is used when it is awake, not in the middle of its activation", async () => {
  let ready = false;
  const reader = toolExtension("reader", async () => String(ready));
  await using claw = await testKernel({
    extensions: [{ ...reader, extension: { api: 1, activate: async (context) => {
      await reader.extension.activate(context);
      await new Promise((done) => setTimeout(done, 10));
      ready = true;
    } } }],
    script: [{ calls: [{ name: "reader" }, { name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events).map(({ content }) => content)).toEqual([[{ type: "text", text: "true" }], [{ type: "text", text: "true" }]]);
});

test("a kernel closed while an extension activates closes it too, and nothing wakes any more", async () => {
  const closed: string[] = [];
  const reader = toolExtension("reader", async () => "read");
  const claw = await testKernel({
    extensions: [{ ...reader, extension: { api: 1, activate: async (context) => {
      context.own(() => void closed.push("closed"));
      await new Promise(() => undefined);
    } } }, toolExtension("other", async () => "never")],
  });
  const waking = errorOf(claw.kernel.wake("test/reader"));
  await new Promise((done) => setTimeout(done, 5));
  await claw[Symbol.asyncDispose]();
  expect(await waking).toMatchObject({ code: "SCOPE_CLOSED" });
  expect(closed).toEqual(["closed"]);
  expect(await errorOf(claw.kernel.wake("test/other"))).toMatchObject({ code: "SCOPE_CLOSED" });
  expect(claw.kernel.faults).toEqual([]);
});

test.each<readonly [string, string, unknown, string]>([
  ["tool", "x", 42, "a function"], ["tool", "x", undefined, "a function"], ["classifier", "x", { classify: () => undefined }, "a function"], ["view", "x", "text", "a function"],
  ["provider", "x", { stream: () => undefined }, "an object with models, stream"], ["command", "x", () => 0, "an object with run"], ["frontend", "x", null, "an object with run"],
  ["service", "models", { resolve: () => undefined, stream: () => undefined }, "an object with resolve, stream, list"], ["service", "session-store", {}, "an object with create, open, append, read, list, find, scratch, spill, close"],
  ["service", "http", { fetch: "no" }, "an object with fetch"], ["service", "acme/x", undefined, "a value"],
])("a %s given as what cannot be one fails its extension's activation, by name", async (kind, name, value, expected) => {
  await using claw = await testKernel({ extensions: [slotExtension("odd", { [kind]: { [name]: { description: "", effect: "read", input: {} } } }, (context) => (kind === "service" ? context.provide(service(name), value) : context.provide(slot(kind), name, value)))] });
  expect(await errorOf(claw.kernel.wake("test/odd"))).toMatchObject({ code: "EXTENSION_FAILED", message: `test/odd: ${kind} "${name}" must be ${expected}` });
});

test("a tap that is no function fails its extension's activation, by name", async () => {
  const tap = tapExtension("odd", "Stop", "observe", "text" as never);
  await using claw = await testKernel({ extensions: [tap] });
  expect(await errorOf(claw.kernel.wake("test/odd"))).toMatchObject({ code: "EXTENSION_FAILED", message: "test/odd: hook Stop observe must be a function" });
});

test("a name given twice is refused: the second value would silently win", async () => {
  await using claw = await testKernel({ extensions: [slotExtension("twice", { tool: { x: { description: "", effect: "read", input: {} } } }, (context) => {
    context.provide(Tools, "x", async () => "one");
    context.provide(Tools, "x", async () => "two");
  }), serviceExtension("double", ["acme/x"], (context) => {
    context.provide(service("acme/x"), 1);
    context.provide(service("acme/x"), 2);
  })] });
  expect(await errorOf(claw.kernel.wake("test/twice"))).toMatchObject({ code: "E_ID_CLASH", message: 'test/twice gives tool "x" twice' });
  expect(await errorOf(claw.kernel.wake("test/double"))).toMatchObject({ code: "E_ID_CLASH", message: 'test/double gives service "acme/x" twice' });
});

const dynamic = (run: unknown, more: object = {}) => ({ description: "A tool", input: { type: "object" }, effect: "read", run, ...more });

test("a tool known only at run time may be given anew, and what is said of it changes with it", async () => {
  let give: (description: string) => void = () => undefined;
  await using claw = await testKernel({ extensions: [slotExtension("server", { tool: { "srv__*": { dynamic: true } } }, (context) => {
    give = (description) => context.provide(slot("tool"), "srv__x", dynamic(async () => description, { description, input: { type: "object", required: [description] } }));
    give("one");
  })], script: [() => { give("two"); return { calls: [{ name: "srv__x", input: { two: 1 } }, { name: "srv__x", input: { one: 1 } }] }; }, "done"] });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events).map(({ content }) => content)).toEqual([[{ type: "text", text: "two" }], [{ type: "text", text: "Error: the input does not fit srv__x: two: is missing" }]]);
  expect(claw.model.requests.map(({ tools }) => tools.map(({ description }) => description))).toEqual([["one"], ["two"]]);
});

test("a tool known only at run time that takes another's name loses it with a fault, and its extension keeps the rest", async () => {
  await using claw = await testKernel({ extensions: [
    slotExtension("static", { tool: { srv__x: { description: "static", effect: "read", input: {} } } }, (context) => context.provide(slot("tool"), "srv__x", async () => "static")),
    slotExtension("server", { tool: { "srv__*": { dynamic: true } } }, (context) => {
      context.provide(slot("tool"), "srv__x", dynamic(async () => "dynamic"));
      context.provide(slot("tool"), "srv__y", dynamic(async () => "mine"));
    }),
  ], script: [{ calls: [{ name: "srv__x" }, { name: "srv__y" }] }, "done"] });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events).map(({ content }) => content)).toEqual([[{ type: "text", text: "static" }], [{ type: "text", text: "mine" }]]);
  expect(claw.kernel.faults).toEqual([{ extension: "test/server", where: "tool srv__x", code: "E_ID_CLASH", message: 'test/server: tool "srv__x" belongs to test/static' }]);
});

test.each<readonly [string, unknown]>([["no run", { description: "", input: {}, effect: "read" }], ["no effect we know", dynamic(async () => "", { effect: "harmless" })], ["no schema", dynamic(async () => "", { input: "none" })], ["null", null]])("a tool known only at run time with %s loses its name with a fault", async (_name, value) => {
  await using claw = await testKernel({ extensions: [slotExtension("server", { tool: { "srv__*": { dynamic: true } } }, (context) => {
    context.provide(slot("tool"), "srv__bad", value);
    context.provide(slot("tool"), "srv__good", dynamic(async () => "good"));
  })], script: ["done"] });
  await claw.prompt(await claw.open(), "go");
  expect([claw.model.requests[0]?.tools.map(({ name }) => name), claw.kernel.faults.map(({ extension, where, code }) => [extension, where, code])]).toEqual([["srv__good"], [["test/server", "tool srv__bad", "EXTENSION_FAILED"]]]);
});

test("a config is frozen, and so are the defaults of its manifest", async () => {
  let thrown: unknown;
  const one = slotExtension("odd", {}, (context) => {
    try {
      (context.config["list"] as string[]).push("more");
    } catch (error) {
      thrown = error;
    }
  }, { config: { type: "object", properties: { list: { type: "array", items: { type: "string" }, default: ["a"] } } } });
  await using claw = await testKernel({ extensions: [one] });
  await claw.kernel.wake("test/odd");
  expect([thrown instanceof TypeError, one.manifest.config?.properties?.["list"]?.default]).toEqual([true, ["a"]]);
});

test("a use before it is declared, and a use of what is asleep in a slot, wake nobody", async () => {
  let names: readonly string[] = [];
  await using claw = await testKernel({ extensions: [
    slotExtension("looker", {}, (context) => void (names = (context.use(slot("command")) as { names: readonly string[] }).names), { uses: ["command"] }),
    slotExtension("sleeper", { command: { nap: { description: "" } } }, () => { throw new Error("woken"); }),
    slotExtension("sly", {}, (context) => void context.use(service("http"))),
  ] });
  await claw.kernel.wake("test/looker");
  expect(names).toEqual(["nap"]);
  expect(await errorOf(claw.kernel.wake("test/sly"))).toMatchObject({ code: "E_UNDECLARED", message: 'test/sly: use of "http" is not declared in extension.json' });
  expect(claw.kernel.wakes.map(({ extension }) => extension)).toEqual(["test/looker", "test/sly"]);
});

test("a service that the program gives itself is not an extension's to give", () => {
  const manifest: Manifest = { name: "acme/asker", version: "1.0.0", engines: { claw: "^1.0.0" }, permissions: {}, provides: { service: { asker: { description: "Says yes" } } } };
  const { extensions, heldBack } = resolve({
    choice: { extensions: { "acme/asker": "*" }, without: [], prefer: {}, config: {} }, available: new Map([["acme/asker", { manifest, tier: "trusted", origin: "test" }]]), platform: "linux", version: "1.0.0", given: new Set(["asker", "host"]),
  });
  expect([extensions, heldBack]).toEqual([[], [{ extension: "acme/asker", code: "clash", why: "service:asker belongs to claw itself", fix: "--without acme/asker" }]]);
});

test("whoever needs a service of an extension that is held back for its config is held back too", () => {
  const base = { version: "1.0.0", engines: { claw: "^1.0.0" }, permissions: {} };
  const server: Manifest = { ...base, name: "acme/server", provides: { service: { "acme/x": { description: "" } } }, config: { type: "object", required: ["url"], properties: { url: { type: "string" } } } };
  const user: Manifest = { ...base, name: "acme/user", uses: ["acme/x"] };
  const { extensions, heldBack } = resolve({
    choice: { extensions: { "acme/server": "*", "acme/user": "*" }, without: [], prefer: {}, config: {} }, available: new Map([server, user].map((manifest) => [manifest.name, { manifest, tier: "trusted", origin: "test" }])), platform: "linux", version: "1.0.0", given: new Set(),
  });
  expect([extensions, heldBack.map(({ extension, code }) => [extension, code])]).toEqual([[], [["acme/server", "config"], ["acme/user", "missing-service"]]]);
});

test("nobody can change what a manifest says of another's tool", async () => {
  let thrown: unknown;
  await using claw = await testKernel({ extensions: [
    toolExtension("writer", async () => "written", { effect: "write" }),
    slotExtension("sly", {}, (context) => {
      try {
        (context.use(slot("tool")) as { about(name: string): { effect: string } }).about("writer").effect = "none";
      } catch (error) {
        thrown = error;
      }
    }, { uses: ["tool"] }),
  ], script: [{ calls: [{ name: "writer" }] }, "done"] });
  await claw.kernel.wake("test/sly");
  expect(thrown).toBeInstanceOf(TypeError);
  expect(resultsOf(await claw.prompt(await claw.open(), "go"))[0]?.outcome).toBe("denied");
});

test("a service that has a form for each extension is handed out in that form", async () => {
  const seen: string[] = [];
  const known = { name: "nobody", forExtension: (extension: string) => ({ name: extension }) };
  const user = (name: string) =>
    serviceExtension(name, [`made-by-${name}`], (claw) => {
      seen.push((claw.use({ kind: "service", id: "known" } as never) as { readonly name: string }).name);
      claw.provide({ kind: "service", id: `made-by-${name}` } as never, {} as never);
    }, ["known"]);
  await using claw = await testKernel({ services: { known }, extensions: [user("one"), user("two")] });
  for (const name of ["one", "two"]) await claw.kernel.service(`made-by-${name}`);
  expect(seen).toEqual(["test/one", "test/two"]);
});
