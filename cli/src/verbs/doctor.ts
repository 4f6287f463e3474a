import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Holding, Kernel } from "@claw/kernel/host";
import { startKernel } from "../kernel-start.ts";
import { binFolder } from "../paths.ts";
import { jsonLine, oneLine, printable } from "../printable.ts";
import { errorText } from "../report.ts";
import { watchStrays } from "../strays.ts";
import { version } from "../version.ts";
import { table } from "../view-text.ts";
import type { VerbCall } from "./run.ts";

/**
 * `claw doctor`: what is planned, who owns what, who is held back and why, what each took to wake, and whether this machine has what is
 * needed; with `--held` also what each holds. Exit 0, or 1 when something needs a hand.
 */
export async function doctor({ booted, terminal, json }: VerbCall, held: boolean): Promise<number> {
  const { plan, folders, workspace, project, merged } = booted;
  const kernel = startKernel(booted);
  const strays = watchStrays(kernel, (error) => terminal.say(errorText(error, false)));
  try {
    await wakeAll(kernel);
    const report = {
      version,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      folders: Object.entries(folders).map(([name, path]) => ({ name, path, writable: isWritable(path) })),
      workspace: { ...workspace, trusted: project.trusted },
      extensions: plan.extensions.map(({ id, manifest, tier, origin, order }) => ({ name: id, version: manifest.version, tier, origin, order })),
      heldBack: plan.heldBack,
      notices: [...plan.notices, ...project.notices],
      owners: Object.fromEntries([...plan.owners].sort(([a], [b]) => a.localeCompare(b))),
      limits: booted.limits,
      frontend: merged.frontend,
      programs: existsSync(binFolder) ? readdirSync(binFolder).map((name) => join(binFolder, name)) : [],
      wakes: kernel.wakes,
      faults: kernel.faults,
      ...(held ? { held: kernel.held() } : {}),
    };
    if (json) await terminal.write(jsonLine(report));
    else await terminal.write(printable(doctorText(report)));
    const ill = plan.heldBack.length > 0 || kernel.faults.length > 0 || report.folders.some(({ writable }) => !writable);
    return ill ? 1 : 0;
  } finally {
    await kernel.close();
    strays.stop();
  }
}

async function wakeAll(kernel: Kernel): Promise<void> {
  // A failing one is in the report as a fault.
  for (const { id } of kernel.plan.extensions) await kernel.wake(id).catch(() => undefined);
}

interface Report {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly folders: readonly { readonly name: string; readonly path: string; readonly writable: boolean }[];
  readonly workspace: { readonly root: string; readonly key: string; readonly trusted: boolean };
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly tier: string; readonly origin: string }[];
  readonly heldBack: Kernel["plan"]["heldBack"];
  readonly notices: readonly string[];
  readonly owners: Readonly<Record<string, string>>;
  readonly programs: readonly string[];
  readonly wakes: Kernel["wakes"];
  readonly faults: Kernel["faults"];
  readonly held?: Holding;
}

function doctorText(report: Report): string {
  const lines = [
    `claw ${report.version} · Node ${report.node} · ${report.platform}\n`,
    `workspace ${report.workspace.root} (${report.workspace.key}), ${report.workspace.trusted ? "trusted" : "not trusted: its settings are ignored"}\n`,
    `\nFolders\n${table(
      ["folder", "", "path"],
      report.folders.map(({ name, path, writable }) => [name, writable ? "" : "NOT WRITABLE", path]),
    )}`,
    `\nExtensions, in order\n${table(
      ["name", "version", "tier", "from"],
      report.extensions.map(({ name, version: own, tier, origin }) => [name, own, tier, origin]),
    )}`,
  ];
  if (report.heldBack.length > 0)
    lines.push(
      `\nHeld back\n${table(
        ["name", "why", "fix"],
        report.heldBack.map(({ extension, why, fix }) => [extension, oneLine(why), oneLine(fix ?? "")]),
      )}`,
    );
  if (report.notices.length > 0) lines.push(`\nNotices\n${report.notices.map((notice) => `  ${oneLine(notice)}\n`).join("")}`);
  lines.push(
    `\nOwners\n${table(
      ["name", "owner"],
      Object.entries(report.owners).filter(([name]) => !name.startsWith("flag:")),
    )}`,
  );
  const ms = (value: number): string => value.toFixed(1);
  lines.push(
    `\nWoken, ms\n${table(
      ["name", "services", "load", "activate", ""],
      report.wakes.map((wake) => [wake.extension, ms(wake.servicesMs), ms(wake.loadMs), ms(wake.activateMs), oneLine(wake.failed ?? "")]),
    )}`,
  );
  lines.push(`\nPrograms that come with claw\n${report.programs.map((program) => `  ${program}\n`).join("")}`);
  if (report.held !== undefined) lines.push(`\nHeld\n${holdingText(report.held, 1)}`);
  return lines.join("");
}

const holdingText = ({ label, owns, children }: Holding, depth: number): string =>
  `${"  ".repeat(depth)}${label}${owns === 0 ? "" : `: ${owns}`}\n${children.map((child) => holdingText(child, depth + 1)).join("")}`;

/** Whether a folder can be written, or made where it is missing. */
function isWritable(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      accessSync(folder, constants.W_OK);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(folder) === folder) return false;
    }
  }
}
