import { getEventListeners } from "node:events";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { Scope } from "../src/registry/scope.ts";

const closing = (log: string[], name: string) => () => void log.push(name);

describe("closing a scope", () => {
  test("aborts its signal, then closes its children, newest first, then what it owns, newest first", async () => {
    const log: string[] = [];
    const kernel = new Scope("kernel");
    kernel.signal.addEventListener("abort", closing(log, "kernel's signal"));
    const [older, newer] = [kernel.child("older"), kernel.child("newer")];
    for (const [name, scope] of Object.entries({ kernel, older, newer })) {
      for (const number of [1, 2]) scope.own(closing(log, `${name} ${number}`));
    }
    expect(await kernel.close()).toEqual([]);
    expect(log).toEqual(["kernel's signal", "newer 2", "newer 1", "older 2", "older 1", "kernel 2", "kernel 1"]);
  });

  test("waits for each thing before it closes the next", async () => {
    const log: string[] = [];
    const scope = new Scope("extension");
    const gate = Promise.withResolvers<void>();
    scope.own(closing(log, "last"));
    scope.own(async () => {
      await gate.promise;
      log.push("first");
    });
    const closed = scope.close();
    await Promise.resolve();
    expect(log).toEqual([]);
    gate.resolve();
    await closed;
    expect(log).toEqual(["first", "last"]);
  });

  test("takes functions, Disposables and AsyncDisposables, and gives each back as it was", async () => {
    const log: string[] = [];
    const scope = new Scope("extension");
    const [plain, sync, late] = [
      closing(log, "function"),
      { [Symbol.dispose]: closing(log, "Disposable") },
      { [Symbol.asyncDispose]: async () => void log.push("AsyncDisposable") },
    ];
    expect([scope.own(plain), scope.own(sync), scope.own(late)]).toEqual([plain, sync, late]);
    await scope.close();
    expect(log).toEqual(["AsyncDisposable", "Disposable", "function"]);
  });

  test("goes on past what fails, and answers every error", async () => {
    const log: string[] = [];
    const scope = new Scope("kernel");
    const child = scope.child("extension");
    child.own(() => Promise.reject(new Error("child")));
    scope.own(closing(log, "closed all the same"));
    scope.own(() => {
      throw new Error("own");
    });
    expect((await scope.close()).map((error) => (error as Error).message)).toEqual(["child", "own"]);
    expect(log).toEqual(["closed all the same"]);
  });

  test("leaves behind what takes longer than two seconds, and says whose it is", async () => {
    vi.useFakeTimers();
    try {
      const log: string[] = [];
      const scope = new Scope("acme/slow");
      scope.own(closing(log, "closed all the same"));
      scope.own(() => new Promise(() => undefined));
      const closed = scope.close();
      await vi.advanceTimersByTimeAsync(2_000);
      expect(await closed).toMatchObject([{ code: "EXTENSION_TIMEOUT", message: "acme/slow did not close in 2000 ms" }]);
      expect([log, vi.getTimerCount()]).toEqual([["closed all the same"], 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("twice is closing once, also while it is being closed", async () => {
    const log: string[] = [];
    const scope = new Scope("extension");
    scope.own(closing(log, "once"));
    await Promise.all([scope.close(), scope.close(), scope[Symbol.asyncDispose]()]);
    await scope.close();
    expect(log).toEqual(["once"]);
  });
});

describe("a closed scope", () => {
  test("is closed for whoever hears of its abort, and can be closed from there", async () => {
    const scope = new Scope("turn");
    let closings = 0;
    scope.own(() => void (closings += 1));
    const heard: unknown[] = [];
    scope.signal.addEventListener("abort", () => heard.push(scope.closed, scope.close()));
    const closed = scope.close();
    expect(heard).toEqual([true, closed]);
    await closed;
    expect(closings).toBe(1);
  });

  test("refuses everything with SCOPE_CLOSED, from the moment closing begins", async () => {
    const scope = new Scope("session 1");
    const seen: unknown[] = [];
    scope.own(() => {
      for (const verb of [() => scope.own(() => undefined), () => scope.child("late"), () => scope.check()]) {
        try {
          verb();
        } catch (error) {
          seen.push((error as { readonly code?: unknown }).code);
        }
      }
    });
    await scope.close();
    expect([scope.closed, seen]).toEqual([true, ["SCOPE_CLOSED", "SCOPE_CLOSED", "SCOPE_CLOSED"]]);
    expect(() => scope.child("later")).toThrow("session 1 is closed and can do nothing more");
    expect(scope.signal.reason).toMatchObject({ code: "SCOPE_CLOSED", message: "session 1 was closed" });
  });
});

describe("a child", () => {
  test("cannot outlive its parent, and one that closed is forgotten by it", async () => {
    const kernel = new Scope("kernel");
    const [session, other] = [kernel.child("session"), kernel.child("other")];
    const turn = session.child("turn");
    await other.close();
    expect(kernel.describe()).toEqual({
      label: "kernel",
      owns: 0,
      children: [{ label: "session", owns: 0, children: [{ label: "turn", owns: 0, children: [] }] }],
    });
    await kernel.close();
    expect([turn.closed, turn.signal.aborted, kernel.describe().children]).toEqual([true, true, []]);
  });

  test("is aborted with its parent, with the same reason, and nothing is closed by that", () => {
    const kernel = new Scope("kernel");
    const turn = kernel.child("session").child("turn");
    const reason = new Error("ctrl-c");
    kernel.abort(reason);
    expect([turn.signal.reason, turn.closed, kernel.closed]).toEqual([reason, false, false]);
  });

  test("follows a signal from outside until it is closed, and one that has aborted already at once", async () => {
    const outside = new AbortController();
    const [turn, closed] = [new Scope("turn", undefined, outside.signal), new Scope("turn", undefined, outside.signal)];
    await closed.close();
    outside.abort("stop");
    expect([
      turn.signal.reason,
      (closed.signal.reason as { readonly code?: unknown }).code,
      new Scope("late", undefined, outside.signal).signal.reason,
    ]).toEqual(["stop", "SCOPE_CLOSED", "stop"]);
  });
});

test("what a scope holds can be told while it is held", () => {
  const kernel = new Scope("kernel");
  const session = kernel.child("session 1");
  session.own(() => undefined);
  session.own({ [Symbol.dispose]: () => undefined });
  expect(kernel.describe()).toEqual({ label: "kernel", owns: 0, children: [{ label: "session 1", owns: 2, children: [] }] });
});

test("a child of a scope that was aborted is aborted from the beginning", () => {
  const scope = new Scope("parent");
  const reason = new Error("enough");
  scope.abort(reason);
  expect(scope.child("child").signal.reason).toBe(reason);
});

test("whatever can be awaited is awaited when it is closed, another realm's promise too", async () => {
  const order: string[] = [];
  const scope = new Scope("parent");
  const later = (done: () => void): unknown =>
    setImmediate(() => {
      order.push("first");
      done();
    });
  scope.own(() => void order.push("second"));
  scope.own(() => runInNewContext("new Promise(later)", { later }) as Promise<void>);
  expect(await scope.close()).toEqual([]);
  expect(order).toEqual(["first", "second"]);
});

test("a closed scope leaves no listener behind on the signal it followed", async () => {
  const { signal } = new AbortController();
  const scope = new Scope("turn", undefined, signal);
  expect(getEventListeners(signal, "abort").length).toBe(1);
  await scope.close();
  expect(getEventListeners(signal, "abort").length).toBe(0);
});
