import type { InstallPlan, PlannedPackage } from "@claw/marketplace";
import { folded } from "../sections.ts";
import { oneLine } from "./result.ts";

/**
 * A plan as people read it before they are asked, folded at the terminal's width: what is dangerous first. Nothing of it can begin a row of its own or
 * move a cursor, whoever wrote it.
 */
export const planText = ({ packages }: InstallPlan, columns: number): string => packages.map((planned) => packageText(planned, columns)).join("\n");

/** The width of a row's title, and where what it says begins. */
const [titleWidth, indent] = [10, 13];

function packageText(planned: PlannedPackage, columns: number): string {
  const { step, publisher, permissions, differences, warnings, ageHours } = planned;
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["warning", warnings],
    ["runs", [step.tier === "declarative" ? "no code of its own" : "its code in claw's own process, with all your rights"]],
    ["asks for", permissions.length === 0 ? ["nothing"] : permissions],
    ["different", differences],
    ["publisher", [publisher]],
    ["from", [step.marketplace]],
    ["published", ageHours === undefined ? [] : [ageText(ageHours)]],
    ["needs", Object.entries(step.dependencies).map(([name, version]) => `${name} ${version}`)],
  ];
  const lines = rows.flatMap(([title, texts]) => texts.map((text, index) => rowText(index === 0 ? title : "", text, columns)));
  return `${oneLine(`${step.name} ${step.version}  ${actionText(planned)}`)}\n${lines.join("")}`;
}

/** A row; what does not fit goes on where it began. */
function rowText(title: string, text: string, columns: number): string {
  const [first = "", ...rest] = folded(oneLine(text), Math.max(20, columns - indent));
  return [`  ${title.padEnd(titleWidth)} ${first}\n`, ...rest.map((line) => `${" ".repeat(indent)}${line}\n`)].join("");
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
