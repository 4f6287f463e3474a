import { describe, expect, test } from "vitest";
import { type Wall, wallArguments } from "../src/arguments.ts";

const wall: Wall = {
  level: "full",
  mode: "workspace-only",
  disableUserns: true,
  openNetwork: false,
  emptied: ["/home", "/tmp"],
  readable: ["/home/a/.nvm"],
  copies: [{ from: "/state/gitconfig", to: "/home/a/.gitconfig" }],
  writable: ["/home/a/w"],
  guarded: [
    { type: "pinned", path: "/home/a/w/.git" },
    { type: "read-only", path: "/home/a/w/.git/config" },
    { type: "kept free", path: "/home/a/w/.git/hooks", by: "empty file" },
    { type: "kept free", path: "/home/a/w/.claw", by: "empty folder" },
  ],
  empty: { file: "/state/empty", folder: "/state/empty-folder" },
  masked: { files: ["/home/a/w/secret"], folders: ["/home/a/w/private"], but: ["/home/a/w/private/scratch"] },
  proxy: ["--ro-bind", "/tmp/proxy", "/run/claw/proxy.sock"],
  cwd: "/home/a/w",
  seccomp: 3,
};
/** What is mounted where, in order. */
function mounts(given: Partial<Wall> = {}): readonly string[] {
  const words = wallArguments({ ...wall, ...given });
  return words.flatMap((word, index) => {
    if (/^--(?:ro-)?bind(?:-try)?$/.test(word)) return [`${word.slice(2)} ${words[index + 2]}`];
    return word === "--tmpfs" || word === "--proc" || word === "--dev" ? [`${word.slice(2)} ${words[index + 1]}`] : [];
  });
}

describe("the arguments of bubblewrap", () => {
  test("mount what is below another after it, and what is stricter last", () => {
    const order = mounts();
    const expected = [
      "ro-bind /",
      "dev /dev",
      "proc /proc",
      "ro-bind-try /proc/sys",
      "tmpfs /home",
      "tmpfs /tmp",
      "ro-bind-try /home/a/.nvm",
      "ro-bind /home/a/.gitconfig",
      "ro-bind /run/claw/proxy.sock",
      "bind /home/a/w",
      "bind /home/a/w/.git",
      "ro-bind /home/a/w/.git/config",
      "ro-bind /home/a/w/.git/hooks",
      "ro-bind /home/a/w/.claw",
      "tmpfs /home/a/w/private",
      "ro-bind /home/a/w/secret",
      "ro-bind-try /home/a/w/private/scratch",
    ];
    expect(order.filter((one) => expected.includes(one))).toEqual(expected);
  });

  test("end with the folder to start in, and no argument of the program can be one of theirs", () => {
    expect(wallArguments(wall).slice(-3)).toEqual(["--chdir", "/home/a/w", "--"]);
  });

  test("take every namespace, no capability, a session of its own and the filter", () => {
    const words = wallArguments(wall);
    for (const word of [
      "--unshare-user",
      "--unshare-pid",
      "--unshare-ipc",
      "--unshare-uts",
      "--unshare-cgroup-try",
      "--unshare-net",
      "--new-session",
      "--die-with-parent",
      "--disable-userns",
    ])
      expect(words).toContain(word);
    expect(words.join(" ")).toContain("--cap-drop ALL");
    expect(words.join(" ")).toContain("--seccomp 3");
    expect(wallArguments({ ...wall, disableUserns: false })).not.toContain("--disable-userns");
  });

  test("give up only what a level gives up", () => {
    const text = (given: Partial<Wall>): string => wallArguments({ ...wall, ...given }).join(" ");
    expect(text({ level: "nested" })).toBe(text({}).replace("--proc /proc", "--ro-bind /proc /proc"));
    expect(text({ level: "no-net-ns" })).toBe(text({}).replace("--unshare-net ", ""));
    expect(text({ openNetwork: true })).toBe(text({}).replace("--unshare-net ", ""));
  });

  test("show nothing but the system and what is named in mode allow-list", () => {
    const order = mounts({ mode: "allow-list" });
    expect(order[0]).toBe("tmpfs /");
    expect(order).not.toContain("ro-bind /");
    expect(order).toContain("ro-bind-try /usr");
    expect(order).not.toContain("ro-bind-try /var");
  });

  test("put an empty file or folder where nothing is to be made", () => {
    const words = wallArguments(wall).join(" ");
    expect(words).toContain("--ro-bind /state/empty-folder /home/a/w/.claw");
    expect(words).toContain("--ro-bind /state/empty /home/a/w/.git/hooks");
  });
});
