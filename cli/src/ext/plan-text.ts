import type { InstallPlan, PlannedPackage } from "@claw/marketplace";
import { oneLine } from "./result.ts";

/** A plan as people read it before they are asked: nothing of it is more than one line or can move a cursor, whoever wrote it. */
export const planText = ({ packages }: InstallPlan): string => packages.map(packageText).join("\n");

function packageText(planned: PlannedPackage): string {
  const { step, publisher, permissions, differences, warnings, ageHours } = planned;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["publisher", [publisher]],
    ["from", [step.marketplace]],
    ["published", ageHours === undefined ? [] : [ageText(ageHours)]],
    ["runs", [step.tier === "declarative" ? "no code of its own" : "in claw's own process, with all your rights"]],
    ["asks for", permissions.length === 0 ? ["nothing"] : permissions],
    ["needs", Object.entries(step.dependencies).map(([name, version]) => `${name} ${version}`)],
    ["different", differences],
    ["warning", warnings],
  ];
  const lines = rows.flatMap(([title, texts]) => texts.map((text, index) => `  ${(index === 0 ? title : "").padEnd(10)} ${oneLine(text)}\n`));
  return `${oneLine(`${step.name} ${step.version}  ${actionText(planned)}`)}\n${lines.join("")}`;
}

function actionText({ step: { action, from }, requestedBy }: PlannedPackage): string {
  const needed = requestedBy.includes("user") || requestedBy.length === 0 ? "" : `, needed by ${requestedBy.join(" and ")}`;
  return `(${action === "add" ? "new" : `${action} from ${from ?? "nothing"}`}${needed})`;
}

export function ageText(hours: number): string {
  if (hours < 1) return "less than an hour ago";
  if (hours < 48) return `${Math.floor(hours)} ${Math.floor(hours) === 1 ? "hour" : "hours"} ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

export interface PlanRecord {
  readonly name: string;
  readonly version: string;
  readonly from?: string;
  readonly action: string;
  readonly [key: string]: unknown;
}

/** The same for programs. */
export const planRecord = ({ step, publisher, permissions, differences, asks, warnings, ageHours, requestedBy }: PlannedPackage): PlanRecord => ({
  name: step.name,
  version: step.version,
  ...(step.from === undefined ? {} : { from: step.from }),
  action: step.action,
  tier: step.tier,
  publisher: step.publisher,
  publisherInWords: publisher,
  marketplace: step.marketplace,
  permissions: step.permissions,
  permissionsInWords: permissions,
  dependencies: step.dependencies,
  differences,
  asks,
  warnings,
  ...(ageHours === undefined ? {} : { ageHours }),
  requestedBy,
});
