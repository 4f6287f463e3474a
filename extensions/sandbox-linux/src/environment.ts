/** The environment of a contained program: the clean one, with the places that are its own, and whatever joins it to the network. */
export function containedEnvironment(clean: Readonly<Record<string, string>>, more: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { SSH_AUTH_SOCK: _agent, DBUS_SESSION_BUS_ADDRESS: _bus, XDG_RUNTIME_DIR: _runtime, DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = clean;
  // A proxy of the person's cannot be reached from inside, and its address may hold a password.
  const direct = Object.fromEntries(Object.entries(rest).filter(([name]) => !/^(?:https?|all|no)_proxy$/i.test(name)));
  return withGitSettings({ ...direct, TMPDIR: "/tmp", TERM: "dumb", CLAW_SANDBOX: "1" }, more);
}

/** git counts the settings that it is given by variables: those of two sources are numbered on. */
function withGitSettings(first: Readonly<Record<string, string>>, second: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const settings = [first, second].flatMap((source) =>
    Array.from(
      { length: Number(source["GIT_CONFIG_COUNT"] ?? 0) },
      (_, index) => [source[`GIT_CONFIG_KEY_${index}`] ?? "", source[`GIT_CONFIG_VALUE_${index}`] ?? ""] as const,
    ),
  );
  const merged = Object.fromEntries(Object.entries({ ...first, ...second }).filter(([name]) => !/^GIT_CONFIG_(?:COUNT$|KEY_|VALUE_)/.test(name)));
  if (settings.length === 0) return merged;
  return {
    ...merged,
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key] as const, [`GIT_CONFIG_VALUE_${index}`, value] as const]),
    ),
  };
}
