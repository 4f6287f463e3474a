/** What a planted repository could make git run, or take for a repository, in any folder. */
const GUARDS: readonly (readonly [string, string])[] = [
  ["core.fsmonitor", "false"],
  ["safe.bareRepository", "explicit"],
  // What only looks must not write the index anew either.
  ["diff.autoRefreshIndex", "false"],
];
/** More settings than this are no settings of a person. */
const MOST = 1000;

/** Settings of git by environment, behind those that are there already: the last one counts. */
export function withGitGuards(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const asked = variables["GIT_CONFIG_COUNT"] ?? "";
  const isSound = /^\d{1,4}$/.test(asked) && Number(asked) <= MOST && allThere(variables, Number(asked));
  const count = isSound ? Number(asked) : 0;
  const kept = isSound ? variables : Object.fromEntries(Object.entries(variables).filter(([name]) => !/^GIT_CONFIG_(?:COUNT|KEY_\d+|VALUE_\d+)$/.test(name)));
  const guards = GUARDS.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${count + index}`, key] as const,
    [`GIT_CONFIG_VALUE_${count + index}`, value] as const,
  ]);
  return { ...kept, ...Object.fromEntries(guards), GIT_CONFIG_COUNT: String(count + GUARDS.length) };
}

/** git gives up where one of them is missing. */
const allThere = (variables: Readonly<Record<string, string>>, count: number): boolean =>
  Array.from({ length: count }, (_, index) => index).every((index) => `GIT_CONFIG_KEY_${index}` in variables && `GIT_CONFIG_VALUE_${index}` in variables);
