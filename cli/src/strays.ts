import type { Kernel } from "@claw/kernel/host";

/**
 * Errors that nobody caught. One of an extension's code is that extension's fault, and the run goes on. Of claw's own, a rejected
 * promise is told; after anything else nobody knows what still holds, so the process ends: what it acknowledged is stored.
 */
export function watchStrays(kernel: Kernel, say: (error: unknown) => void): { readonly stop: () => void } {
  const onRejection = (error: unknown): void => {
    if (kernel.stray(error) === undefined) say(error);
  };
  const onException = (error: unknown): void => {
    if (kernel.stray(error) !== undefined) return;
    say(error);
    process.exit(1);
  };
  process.on("unhandledRejection", onRejection);
  process.on("uncaughtException", onException);
  return {
    stop() {
      process.off("unhandledRejection", onRejection);
      process.off("uncaughtException", onException);
    },
  };
}
