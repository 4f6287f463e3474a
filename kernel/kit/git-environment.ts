type Variables = Readonly<Record<string, string>>;

/** Variables over variables, where git's settings among them, which are numbered, do not take one another's place. */
export function withGitSettings(first: Variables, second: Variables): Variables {
  const settings = [first, second].flatMap(settingsOf);
  const merged = Object.fromEntries(Object.entries({ ...first, ...second }).filter(([name]) => !/^GIT_CONFIG_(?:COUNT$|KEY_|VALUE_)/.test(name)));
  if (settings.length === 0) return merged;
  const numbered = settings.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key] as const, [`GIT_CONFIG_VALUE_${index}`, value] as const]);
  return { ...merged, GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(numbered) };
}

function settingsOf(variables: Variables): readonly (readonly [string, string])[] {
  const count = Number(variables["GIT_CONFIG_COUNT"] ?? 0);
  return Array.from({ length: count > 0 && count < 1000 ? count : 0 }, (_, index) => [
    variables[`GIT_CONFIG_KEY_${index}`] ?? "",
    variables[`GIT_CONFIG_VALUE_${index}`] ?? "",
  ]);
}
