import { existsSync, lstatSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Attempt, type Place } from "./attempt.ts";

const intruder = "intruder";
const holds = (path: string): boolean => existsSync(path) && readFileSync(path, "utf8").includes(intruder);

/** Adds a line to what is at a path, or makes it. */
const append = (name: string, path: (place: Place) => string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "bash",
  program: (place) => `mkdir -p "$(dirname '${path(place)}')"; echo ${intruder} >> '${path(place)}'`,
  escaped: (place) => holds(path(place)),
  ...options,
});

/** Programs that write where they must not. */
export const writingAttempts: readonly Attempt[] = [
  append("write the shell's start file", ({ world }) => join(world.home, ".bashrc")),
  append("make a start file that was not there", ({ world }) => join(world.home, ".zshenv")),
  append("let a key in", ({ world }) => join(world.home, ".ssh/authorized_keys")),
  append("write claw's own settings", ({ world }) => join(world.home, ".config/claw/settings.json")),
  append("start with the person's session", ({ world, id }) => join(world.home, `.config/autostart/${id}.desktop`)),
  append("write the host's /tmp", ({ world }) => join(world.temporary, "written")),
  append("write the host's /var/tmp", ({ world, id }) => `/var/tmp/${world.mark}-${id}`),
  append("write the host's /dev/shm", ({ world, id }) => `/dev/shm/${world.mark}-${id}`),
  append("write /etc", ({ world, id }) => `/etc/${world.mark}-${id}`, { only: "root" }),
  append("put a program on the path", ({ world, id }) => `/usr/local/bin/${world.mark}-${id}`, { only: "root" }),
  append("write a crontab", ({ world, id }) => `/etc/cron.d/${world.mark}-${id}`, { only: "root", notOutside: "a job of the machine might read it" }),
  append("write another workspace", ({ world }) => join(world.elsewhere, "package.json")),
  append("write another workspace below the home folder", ({ world }) => join(world.home, "other/package.json")),
  append("climb out of the workspace", ({ world, workspace }) => join(workspace, "..", `beside-${world.mark}`)),
  {
    name: "write through a link that leads out",
    by: "bash",
    program: ({ world }) => `ln -s '${world.elsewhere}' way-out && echo ${intruder} > way-out/through-link`,
    escaped: ({ world }) => holds(join(world.elsewhere, "through-link")),
  },
  {
    name: "write through a hard link to what is outside",
    by: "bash",
    program: ({ world }) => `ln '${world.elsewhere}/linked' hard && echo ${intruder} >> hard`,
    escaped: ({ world }) => holds(join(world.elsewhere, "linked")),
  },
  {
    name: "write settings through a hard link",
    by: "bash",
    program: () => `ln .claw/settings.json settings && echo ${intruder} >> settings`,
    escaped: ({ workspace }) => holds(join(workspace, ".claw/settings.json")),
  },
  {
    name: "exchange .git for another",
    by: "python3",
    program: () =>
      `import os, ctypes; os.mkdir("mine"); open("mine/config", "w").write("${intruder}"); print(ctypes.CDLL(None).renameat2(-100, b"mine", -100, b".git", 2))`,
    escaped: ({ workspace }) => holds(join(workspace, ".git/config")),
  },
  {
    name: "make a file of the workspace somebody else's",
    by: "bash",
    program: () => "echo > given && chown 12345 given",
    escaped: ({ workspace }) => existsSync(join(workspace, "given")) && statSync(join(workspace, "given")).uid === 12_345,
    only: "root",
  },
  {
    name: "write through its own folder's parent",
    by: "bash",
    program: ({ world }) => `echo ${intruder} > /proc/self/cwd/../../through-cwd-${world.mark}`,
    escaped: ({ world }) => holds(join(world.home, `through-cwd-${world.mark}`)),
  },
  {
    name: "write through the root of another process",
    by: "bash",
    program: ({ world }) => `for root in /proc/[0-9]*/root; do echo ${intruder} > "$root${world.elsewhere}/through-root" && break; done`,
    escaped: ({ world }) => holds(join(world.elsewhere, "through-root")),
  },
  {
    name: "put a link in the place of the workspace",
    by: "bash",
    program: ({ workspace, world }) => `cd / && mv '${workspace}' '${workspace}.moved' && ln -s '${world.elsewhere}' '${workspace}'`,
    escaped: ({ workspace }) => lstatSync(workspace).isSymbolicLink(),
  },
  {
    name: "delete what is outside",
    by: "bash",
    program: ({ world }) => `rm -rf '${world.elsewhere}/to-delete' '${world.home}/to-delete'`,
    escaped: ({ world }) => !existsSync(join(world.elsewhere, "to-delete")) || !existsSync(join(world.home, "to-delete")),
  },
  {
    name: "change the mode of what is outside",
    by: "bash",
    program: ({ world }) => `chmod 777 '${world.elsewhere}/package.json'`,
    escaped: ({ world }) => (statSync(join(world.elsewhere, "package.json")).mode & 0o777) === 0o777,
  },
  {
    name: "make a device of its own",
    by: "bash",
    program: () => "mknod own-device b 7 0",
    escaped: ({ workspace }) => existsSync(join(workspace, "own-device")),
    only: "root",
  },
];
