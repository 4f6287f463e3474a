import type { SandboxMode } from "@claw/kernel";
import { withGitSettings } from "@claw/kernel/kit";

/** The environment of a contained program: the clean one, with the places that are its own, and whatever joins it to the network. */
export function containedEnvironment(
  clean: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
  mode: SandboxMode,
): Readonly<Record<string, string>> {
  const { SSH_AUTH_SOCK: _agent, DBUS_SESSION_BUS_ADDRESS: _bus, XDG_RUNTIME_DIR: _runtime, DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = clean;
  // A proxy of the person's cannot be reached from inside, and its address may hold a password.
  const direct = Object.fromEntries(Object.entries(rest).filter(([name]) => !/^(?:https?|all|no)_proxy$/i.test(name)));
  // The name is also that of the setting: a claw inside reads it as the mode it is.
  return withGitSettings({ ...direct, TMPDIR: "/tmp", TERM: "dumb", CLAW_SANDBOX: mode }, more);
}
