import { describe, expect, test } from "vitest";
import { ServiceRegistry } from "../src/registry/service.ts";
import { SlotRegistry } from "../src/registry/slot.ts";

/** Records who is woken and why; `wake` fills the registry as the owner's activate would. */
function waking(wake: (extension: string) => void = () => undefined): {
  readonly woken: string[];
  readonly wake: (extension: string, why: string) => Promise<void>;
} {
  const woken: string[] = [];
  return {
    woken,
    wake: async (extension, why) => {
      woken.push(`${extension}: ${why}`);
      await Promise.resolve();
      wake(extension);
    },
  };
}

describe("a slot", () => {
  test("knows its names and what manifests say of them without waking anybody", () => {
    const { woken, wake } = waking();
    const slots = new SlotRegistry(wake);
    slots.declare("tool", "read_file", "acme/files", { effect: "read" });
    slots.declare("tool", "bash", "acme/shell", { effect: "execute" });
    const view = slots.view("tool");
    expect([view.names, view.about("bash"), slots.owner("tool", "read_file"), slots.names("command"), view.about("none")]).toEqual([
      ["read_file", "bash"],
      { effect: "execute" },
      "acme/files",
      [],
      undefined,
    ]);
    expect(woken).toEqual([]);
  });

  test("wakes the owner of an entry when it is asked for, and not again", async () => {
    const { woken, wake } = waking(() => slots.fill("tool", "bash", "acme/shell", "run"));
    const slots = new SlotRegistry(wake);
    slots.declare("tool", "bash", "acme/shell", {});
    slots.declare("tool", "grep", "acme/files", {});
    expect([await slots.get("tool", "bash"), await slots.view("tool").get("bash"), await slots.get("tool", "nobody")]).toEqual(["run", "run", undefined]);
    expect(woken).toEqual(["acme/shell: tool bash"]);
  });

  test("keeps a value that is undefined, null or false for what it is", async () => {
    const slots = new SlotRegistry(waking().wake);
    for (const value of [undefined, null, false]) {
      slots.declare("view", "odd", "acme/odd", {});
      slots.fill("view", "odd", "acme/odd", value);
      expect(await slots.get("view", "odd")).toBe(value);
    }
  });

  test("says so when an owner wakes and provides nothing", async () => {
    const slots = new SlotRegistry(waking().wake);
    slots.declare("tool", "bash", "acme/shell", {});
    await expect(slots.get("tool", "bash")).rejects.toMatchObject({
      code: "EXTENSION_FAILED",
      message: 'acme/shell declares tool "bash" but does not provide it',
    });
  });

  test("passes on why an owner did not wake", async () => {
    const slots = new SlotRegistry(() => Promise.reject(new Error("broken")));
    slots.declare("tool", "bash", "acme/shell", {});
    await expect(slots.get("tool", "bash")).rejects.toThrow("broken");
  });

  test("gives nobody a name that another owns", () => {
    const slots = new SlotRegistry(waking().wake);
    slots.declare("tool", "bash", "acme/shell", {});
    expect(() => slots.fill("tool", "bash", "evil/shell", "run")).toThrow(
      expect.objectContaining({ code: "E_ID_CLASH", message: 'evil/shell: tool "bash" belongs to acme/shell' }),
    );
    slots.fill("tool", "mcp__a__x", "acme/mcp", "run", { effect: "execute" });
    expect(() => slots.fill("tool", "mcp__a__x", "evil/mcp", "run")).toThrow("belongs to acme/mcp");
  });

  test("takes a value back when its owner is closed: a declared name stays, one known at run time goes", async () => {
    const { woken, wake } = waking(() => slots.fill("tool", "bash", "acme/shell", "again"));
    const slots = new SlotRegistry(wake);
    slots.declare("tool", "bash", "acme/shell", { effect: "execute" });
    const [declared, dynamic] = [slots.fill("tool", "bash", "acme/shell", "run"), slots.fill("tool", "mcp__a__x", "acme/mcp", "run", { effect: "read" })];
    expect(slots.about("tool", "mcp__a__x")).toEqual({ effect: "read" });
    declared();
    dynamic();
    expect(slots.names("tool")).toEqual(["bash"]);
    expect([await slots.get("tool", "bash"), woken.length]).toEqual(["again", 1]);
  });
});

describe("a service", () => {
  test("wakes its owner once, whoever asks and however many at once", async () => {
    let activated = 0;
    let awake: Promise<void> | undefined;
    // As the activator does: one promise for each extension.
    const wake = (): Promise<void> =>
      (awake ??= Promise.resolve().then(() => {
        activated += 1;
        services.fill("http", "fetch");
      }));
    const services = new ServiceRegistry(wake);
    services.declare("http", "acme/http");
    expect(await Promise.all([services.get("http", "a"), services.get("http", "b"), services.get("http", "c")])).toEqual(["fetch", "fetch", "fetch"]);
    expect([activated, services.peek("http"), services.owner("http")]).toEqual([1, "fetch", "acme/http"]);
  });

  test("that nobody provides is missing, by name, and says who needs it", async () => {
    const services = new ServiceRegistry(waking().wake);
    expect([services.known("quota"), services.peek("quota")]).toEqual([false, undefined]);
    await expect(services.get("quota", "acme/user")).rejects.toMatchObject({
      code: "SERVICE_MISSING",
      message: 'no extension provides the service "quota", which acme/user needs',
      fix: "claw doctor",
    });
  });

  test("that its owner declares and does not provide is that owner's failure", async () => {
    const services = new ServiceRegistry(waking().wake);
    services.declare("http", "acme/http");
    expect([services.known("http"), services.peek("http")]).toEqual([true, undefined]);
    await expect(services.get("http", "a")).rejects.toMatchObject({
      code: "EXTENSION_FAILED",
      message: 'acme/http declares the service "http" but does not provide it',
    });
  });

  test("given by the host needs no owner, and one that is taken back is asked for anew", async () => {
    const { woken, wake } = waking(() => services.fill("http", "second"));
    const services = new ServiceRegistry(wake);
    const withdraw = services.fill("http", "first");
    expect([services.known("http"), await services.get("http", "a"), woken]).toEqual([true, "first", []]);
    services.declare("http", "acme/http");
    withdraw();
    expect([await services.get("http", "b"), woken]).toEqual(["second", ["acme/http: service http"]]);
  });
});
