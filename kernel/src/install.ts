import type { PluginDoneEvent, PluginEvent } from "./hooks/events.ts";
import { ClawError } from "./errors.ts";
import { messageOf } from "./failure-message.ts";
import type { HookBus } from "./hooks/bus.ts";

/** The four plugin events, fired around what the marketplace does. */
export interface PluginHooks {
  /** Pre, the work, Post. Pre may block before the work begins: PLUGIN_BLOCKED. Once it has begun, Post fires exactly once, with the error if there is one. */
  around<T>(event: PluginEvent, work: () => Promise<T>): Promise<T>;
}

export function pluginHooks(bus: HookBus, signal: AbortSignal): PluginHooks {
  return {
    async around(event, work) {
      const [before, after] =
        event.action === "remove" ? (["PrePluginUninstall", "PostPluginUninstall"] as const) : (["PrePluginInstall", "PostPluginInstall"] as const);
      const blocked = await bus.fire(before, "guard", event, signal);
      await bus.fire(before, "observe", event, signal);
      if (blocked !== undefined) {
        throw new ClawError("PLUGIN_BLOCKED", `${blocked.author} blocked ${event.action} of ${event.name}: ${blocked.answer.reason}`, {
          extension: blocked.author,
        });
      }
      // Not ended by what ends the rest: what was begun is told the end of.
      const done = (error?: PluginDoneEvent["error"]): Promise<unknown> =>
        bus.fire(after, "observe", error === undefined ? event : { ...event, error }, new AbortController().signal);
      let result;
      try {
        result = await work();
      } catch (error) {
        await done({ code: ClawError.is(error) ? error.code : "EXTENSION_FAILED", message: messageOf(error) });
        throw error;
      }
      await done();
      return result;
    },
  };
}
