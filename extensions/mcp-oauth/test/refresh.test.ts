import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Served, startResource } from "./identity-server.ts";
import { memoryTokens, never, serverAt, settingOf } from "./setting.ts";
import { giving, json } from "./speaking-server.ts";

const show = (): void => undefined;
const hour = 3_600_000;
let identity: Served;
let resource: Served;
let count = 0;
let delayMs = 0;
let now = 0;
let more: object = {};
beforeEach(async () => {
  [count, delayMs, now, more] = [0, 0, Date.now(), {}];
  identity = await giving((_form, response) => {
    const number = (count += 1);
    setTimeout(
      () => json(response, 200, { access_token: `access-${number}`, token_type: "Bearer", expires_in: 3600, refresh_token: `refresh-${number}`, ...more }),
      delayMs,
    );
  });
  resource = await startResource(() => identity.origin);
});
afterEach(async () => {
  await identity[Symbol.asyncDispose]();
  await resource[Symbol.asyncDispose]();
});
const usedTokens = (): readonly (string | null)[] =>
  identity.seen.filter(({ body }) => body.includes("grant_type=refresh_token")).map(({ body }) => new URLSearchParams(body).get("refresh_token"));
const bearer = (number: number): object => ({ authorization: `Bearer access-${number}` });
async function loggedIn(parts: Parameters<typeof settingOf>[0] = {}) {
  const setting = settingOf({ now: () => new Date(now), ...parts });
  const server = serverAt(resource.origin);
  await setting.broker.logIn(server, show, never());
  return { ...setting, server };
}

test("a logout takes with it what a refresh on its way brings", async () => {
  const { broker, server } = await loggedIn();
  now += hour;
  delayMs = 100;
  const left = broker.headers(server, AbortSignal.timeout(30)).catch(() => undefined);
  await left;
  expect(await broker.logOut(server, never())).toBe(true);
  const revoked = identity.seen.filter(({ url }) => url === "/revoke").map(({ body }) => new URLSearchParams(body).get("token"));
  expect([revoked, await broker.headers(server, never())]).toEqual([["refresh-2", "access-2"], {}]);
});

describe("a refresh", () => {
  test("that its caller leaves is finished all the same: its token may be had only once", async () => {
    const { broker, server } = await loggedIn();
    now += hour;
    delayMs = 300;
    const over = new AbortController();
    const begun = performance.now();
    const left = broker.headers(server, over.signal);
    setTimeout(() => over.abort(new Error("enough")), 50);
    await expect(left).rejects.toThrow("enough");
    expect(performance.now() - begun).toBeLessThan(250);
    expect(await broker.headers(server, never())).toEqual(bearer(2));
    expect(usedTokens()).toEqual(["refresh-1"]);
  });

  test("is asked for once by many, in a store that holds nobody out", async () => {
    const values = new Map<string, string>();
    const { broker, server } = await loggedIn({
      store: {
        read: async (key) => values.get(key),
        async update(key, change) {
          const value = await change(values.get(key));
          if (value === undefined) values.delete(key);
          else values.set(key, value);
        },
      },
    });
    now += hour;
    delayMs = 20;
    expect(await Promise.all([1, 2, 3].map(() => broker.headers(server, never())))).toEqual([bearer(2), bearer(2), bearer(2)]);
    expect(usedTokens()).toEqual(["refresh-1"]);
  });

  test("after a refusal is one for all requests that were refused, early and late ones", async () => {
    const { broker, server } = await loggedIn();
    await broker.headers(server, never());
    delayMs = 20;
    const refused = (): Promise<boolean> => broker.challenged(server, { status: 401 }, never());
    expect(await Promise.all([refused(), refused(), refused()])).toEqual([true, true, true]);
    expect(await refused()).toBe(true);
    expect([usedTokens(), await broker.headers(server, never())]).toEqual([["refresh-1"], bearer(2)]);
    now += 10_000;
    expect([await refused(), usedTokens()]).toEqual([true, ["refresh-1", "refresh-2"]]);
  });

  test("begins 30 seconds before the end, and not before", async () => {
    const { broker, server } = await loggedIn();
    now += hour - 30_001;
    expect(await broker.headers(server, never())).toEqual(bearer(1));
    now += 1;
    expect(await broker.headers(server, never())).toEqual(bearer(2));
  });

  test("whose answer has no refresh token leaves the old one good", async () => {
    const { broker, server } = await loggedIn();
    more = { refresh_token: undefined };
    now += hour;
    await broker.headers(server, never());
    now += hour;
    expect([await broker.headers(server, never()), usedTokens()]).toEqual([bearer(3), ["refresh-1", "refresh-1"]]);
  });

  test("that cannot be is told at the end of the token, not before", async () => {
    more = { refresh_token: undefined };
    const { broker, server } = await loggedIn();
    now += hour - 1;
    expect(await broker.headers(server, never())).toEqual(bearer(1));
    now += 1;
    await expect(broker.headers(server, never())).rejects.toMatchObject({ code: "REAUTH_REQUIRED", fix: "claw mcp login notes" });
  });

  test.each([0, -5, null, "soon", 1e300])("is not asked for because of a lifetime that is none: %j", async (expires_in) => {
    more = { expires_in };
    if (expires_in === "soon") return expect(loggedIn()).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED" });
    const { broker, server } = await loggedIn();
    expect([await broker.headers(server, never()), usedTokens()]).toEqual([bearer(1), []]);
  });

  test("that fails otherwise leaves the login as it is", async () => {
    const store = memoryTokens();
    const { broker, server } = await loggedIn({ store });
    const before = [...store.values];
    now += hour;
    more = { access_token: undefined, error: "temporarily_unavailable" };
    await expect(broker.headers(server, never())).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "temporarily_unavailable" } });
    expect([...store.values]).toEqual(before);
    more = {};
    expect(await broker.headers(server, never())).toEqual(bearer(3));
  });

  test("whose tokens cannot be stored is used, and its old token is not sent again", async () => {
    const store = memoryTokens();
    let isFull = false;
    const { broker, server, log } = await loggedIn({
      store: {
        ...store,
        update: (key, change) =>
          store.update(key, async (value) => {
            const next = await change(value);
            if (isFull && next !== value) throw new Error("ENOSPC: no space left on device");
            return next;
          }),
      },
    });
    const before = [...store.values];
    [isFull, now] = [true, now + hour];
    expect([await broker.headers(server, never()), await broker.headers(server, never())]).toEqual([bearer(2), bearer(2)]);
    expect([[...store.values], log.some((line) => line.includes("ENOSPC"))]).toEqual([before, true]);
    [isFull, now] = [false, now + hour];
    expect([await broker.headers(server, never()), usedTokens()]).toEqual([bearer(3), ["refresh-1", "refresh-2"]]);
    expect([...store.values.values()][0]).toContain("refresh-3");
  });
});
