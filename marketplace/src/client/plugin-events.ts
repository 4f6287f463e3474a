import type { InstalledExtension, PluginEvent, PluginHooks, PluginStep } from "@claw/kernel/host";

/** Fires the events of each step around the work: every Pre before it begins, every Post when it has ended, once, with its error. */
export function aroundAll<T>(steps: readonly PluginStep[], hooks: PluginHooks, work: () => Promise<T>): Promise<T> {
  const outermost = [...steps].reverse().reduce<() => Promise<T>>((inner, step) => () => hooks.around(eventOf(step, steps), inner), work);
  return outermost();
}

const eventOf = ({ name, version, publisher, marketplace, action, permissions }: PluginStep, plan: readonly PluginStep[]): PluginEvent => ({
  name,
  version,
  publisher,
  marketplace,
  action,
  permissions,
  plan,
});

/** A step that takes an installed extension away. */
export const removalOf = ({ name, version, lock }: InstalledExtension): PluginStep => ({
  name,
  version,
  from: version,
  publisher: lock.publisher,
  marketplace: lock.marketplace,
  action: "remove",
  tier: lock.tier,
  permissions: lock.requested,
  dependencies: lock.dependencies,
});
