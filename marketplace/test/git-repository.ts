import { execFileSync } from "node:child_process";

/** Runs git in a folder, with nobody's configuration. */
export const git = (folder: string, ...words: readonly string[]): Buffer =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", "-c", "core.fileMode=true", ...words], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Commits everything in a folder, which becomes a repository if it is none, and answers the commit. */
export function commitAll(folder: string): string {
  git(folder, "init", "--quiet");
  git(folder, "add", "--all", "--force");
  git(folder, "commit", "--quiet", "--allow-empty", "--message", "all of it");
  return git(folder, "rev-parse", "HEAD").toString().trim();
}
