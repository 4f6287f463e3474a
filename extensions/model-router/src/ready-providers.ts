import { ClawError, type ModelProvider, type SlotView } from "@claw/kernel";

/** A failure for want of credentials that also names a provider which has some: nobody else is asked in its place. */
export async function withReadyProvider(
  keyless: ClawError<"MODEL_NO_CREDENTIALS">,
  providers: SlotView<ModelProvider>,
  signal: AbortSignal,
): Promise<ClawError> {
  const others = providers.names.filter((name) => name !== keyless.data.provider);
  const found = await Promise.allSettled(others.map((name) => readyModel(name, providers, signal)));
  signal.throwIfAborted();
  const ready = found.flatMap((one) => (one.status === "fulfilled" && one.value !== undefined ? [one.value] : []))[0];
  const other = ready ?? "claw provider list --all shows the other providers";
  const fix = keyless.fix === undefined ? other : `${keyless.fix}; or ${other}`;
  return new ClawError(keyless.code, keyless.message, keyless.data, { fix, cause: keyless });
}

/** How a provider with credentials is asked; undefined of one without, and of a server that needs none and may not run. */
async function readyModel(name: string, providers: SlotView<ModelProvider>, signal: AbortSignal): Promise<string | undefined> {
  const provider = await providers.get(name);
  const status = await provider?.status?.(signal);
  if (provider === undefined || status?.ready !== true || status.credential === undefined) return undefined;
  const [model] = await provider.models(signal);
  return model === undefined ? undefined : `use ${status.credential}: --model ${name}/${model.id}`;
}
