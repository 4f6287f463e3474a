import { ClawError, type ModelProvider, type ProviderStatus } from "@claw/kernel";
import { expect, test } from "vitest";
import { heard, info, never, request, router, says, scripted, slotOf } from "./fakes.ts";

const keyless = new ClawError("MODEL_NO_CREDENTIALS", "there is no key for one", { provider: "one" }, { fix: "export ONE_KEY=…" });
const one = (): ModelProvider => scripted([info("alpha")], says([], keyless));
const standing = (model: string, status: ProviderStatus): ModelProvider => ({ ...scripted([info(model)]), status: async () => status });
const fixWith = async (others: Readonly<Record<string, ModelProvider>>): Promise<unknown> => {
  const { error } = await heard(router(slotOf({ one: one(), ...others })).models.stream(request, never));
  expect(error).toMatchObject({ code: "MODEL_NO_CREDENTIALS", message: "there is no key for one" });
  return (error as ClawError).fix;
};

test("who has no key for a model is told whose key there is, and nobody else is asked in its place", async () => {
  const two = scripted([info("beta")]);
  expect(await fixWith({ two: { ...two, status: async () => ({ ready: true, credential: "TWO_KEY" }) } })).toBe(
    "export ONE_KEY=…; or use TWO_KEY: --model two/beta",
  );
  expect(two.asked).toEqual([]);
});

test("a provider that is not ready, that needs no key or that fails is not named", async () => {
  const others = {
    two: standing("beta", { ready: false, credential: "TWO_KEY", problem: "expired" }),
    local: standing("gamma", { ready: true, host: "127.0.0.1:1" }),
    broken: { ...scripted([]), status: () => Promise.reject(new Error("no")) },
    silent: scripted([info("delta")]),
  };
  expect(await fixWith(others)).toBe("export ONE_KEY=…; or claw provider list --all shows the other providers");
});
