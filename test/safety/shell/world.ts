import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Difference, difference, isSame, type Tree, treeOf } from "./tree.ts";

/** One throw-away home with its workspace, used again and again: what a command did to it is undone before the next. */
export class World {
  readonly home: string;
  readonly tmp: string;
  /** Where the sandbox leaves word of what cannot be seen in the tree. */
  readonly report: string;
  private readonly folder: string;
  private readonly template: string;
  private before: Tree;

  constructor(template: string, folder: string) {
    this.template = template;
    this.folder = join(folder, "world");
    this.home = join(this.folder, "home");
    this.tmp = join(this.folder, "tmp");
    this.report = join(folder, "report");
    mkdirSync(this.report, { recursive: true });
    this.before = this.renewed();
  }

  /** What is no more as it was; it is again when this returns. */
  undo(): Difference {
    const found = difference(this.before, treeOf(this.folder));
    if (isSame(found)) return found;
    if (found.changed.length + found.deleted.length > 40) this.before = this.renewed();
    else {
      for (const path of [...found.created, ...found.changed]) rmSync(join(this.folder, path), { recursive: true, force: true });
      for (const path of [...found.changed, ...found.deleted].toSorted())
        cpSync(join(this.template, path), join(this.folder, path), { recursive: true, verbatimSymlinks: true });
      this.before = treeOf(this.folder);
    }
    return found;
  }

  private renewed(): Tree {
    rmSync(this.folder, { recursive: true, force: true });
    const { status } = spawnSync("cp", ["-a", this.template, this.folder]);
    if (status !== 0) throw new Error("the workspace could not be copied");
    return treeOf(this.folder);
  }
}
