/**
 * What only reads, in a repository whose configuration starts programs. That cannot stand in the text: the report has to say that
 * the command obeys the repository, and of which folder, so that its configuration is looked at.
 */
export interface Obeying {
  readonly command: string;
  /** Below the project: where the repository is that it obeys. */
  readonly folder: string;
}

const inFolder =
  (folder: string) =>
  (...commands: readonly string[]): readonly Obeying[] =>
    commands.map((command) => ({ command, folder }));

export const obeying: readonly Obeying[] = [
  ...inFolder("planted/repo")(
    "cd planted/repo && git status",
    "cd planted/repo; git status",
    "cd planted/repo && git diff",
    "cd planted/repo && git diff --stat",
    "cd planted/repo && git diff HEAD",
    "cd planted/repo && git status --short | head",
    "cd planted/repo && ls && git status",
    "cd planted && cd repo && git status",
    "cd ./planted/../planted/repo && git status",
    "cd /home/dev/project/planted/repo && git status",
    "cd ~/project/planted/repo && git status",
    "cd 'planted/repo' && git status",
    'cd "planted"/repo && git status',
    "(cd planted/repo && git status)",
    "(cd planted/repo; git diff) | head",
    "{ cd planted/repo; git status; }",
    "if cd planted/repo; then git status; fi",
    "cd nothere || cd planted/repo && git status",
    'echo "$(cd planted/repo && git status)"',
    "git -C planted/repo status",
    "git -C ./planted/repo status",
    "git -C planted -C repo status",
    "git -C planted/repo diff",
    "git -C planted/repo diff --name-only",
    "git -C planted/repo --no-pager diff",
    "git -C planted/repo status && git log -1",
    "cd planted && git -C repo status",
    "cd src && git -C ../planted/repo status",
    "git -C planted/repo ls-files -m",
    "git -C planted/repo ls-files -o",
    "git -C planted/repo diff --quiet || echo changed",
    "ls; cd planted/repo; cat a.txt; git status",
    "cd planted/repo >/dev/null && git status",
    "for d in planted/repo; do git -C $d status; done",
    'for d in planted/*; do (cd "$d" && git status); done',
    'for d in planted/repo; do git -C "$d" status --short; done',
  ),
  ...inFolder("planted/bare")(
    "cd planted/bare && git status",
    "cd planted/bare && git diff",
    "git -C planted/bare status",
    "git -C planted/bare diff",
    "cd planted/bare/refs/.. && git status",
    "(cd planted/bare; git status -s)",
    "cd src; cd ../planted/bare; git status",
  ),
];
