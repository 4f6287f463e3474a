import type { JudgedEntry, LogEntry, ViewNode } from "@claw/kernel";
import { isJsonObject, listOf } from "@claw/kernel/kit";

const stringOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const fieldsOf = (value: unknown): Fields | undefined => (isJsonObject(value) ? value : undefined);

/** A judged call as the log has it. */
export type Judged = JudgedEntry & Pick<LogEntry, "seq" | "at">;

type Fields = Readonly<Record<string, unknown>>;

/** Why a call ran or did not, for a person: the call, the decision, then each part with what was tried, then everybody who was heard. */
export function whyText(judged: Judged): readonly ViewNode[] {
  const record = recordOf(judged);
  const parts = objectsIn(record["parts"]);
  return [
    { type: "markdown", text: [headline(judged), ...settingsOf(record, judged)].join("\n") },
    ...parts.flatMap((part, index) => partText(part, index + 1)),
    ...rulesTried(record, parts),
    ...heardBy(judged, record),
  ];
}

/** What the extension that decides wrote down of its decision; of a call that another blocked there is none. */
export const recordOf = ({ opinions }: JudgedEntry): Fields =>
  opinions.map(({ details }) => fieldsOf(details)).findLast((details) => details !== undefined && Array.isArray(details["parts"])) ?? {};

function headline({ tool, input, verdict, reason, decidedBy, answer, call, at, seq }: Judged): string {
  const what = typeof input["command"] === "string" ? input["command"] : JSON.stringify(input);
  const by = decidedBy === undefined ? "" : ` by ${decidedBy === "person" ? `the person (${answer ?? "no answer"})` : decidedBy}`;
  return [
    `${tool}: ${what}`,
    `${verdict === "allow" ? "allowed" : "denied"}${by}${reason === undefined ? "" : `: ${reason}`}`,
    `call ${call}, entry ${seq}, ${at}`,
  ].join("\n");
}

function settingsOf(record: Fields, { containment }: JudgedEntry): readonly string[] {
  const mode = stringOf(record["mode"]);
  const sandbox = fieldsOf(record["sandbox"]);
  return [
    ...(mode === undefined ? [] : [`mode: ${mode} (${stringOf(record["modeSource"]) ?? "unknown"})`]),
    ...(sandbox === undefined
      ? []
      : [`sandbox: ${stringOf(sandbox["state"]) ?? "unknown"}${sandbox["backend"] === undefined ? "" : `, ${String(sandbox["backend"])}`}`]),
    ...(containment === undefined ? [] : [`reach: ${reachText(containment)}`]),
  ];
}

function reachText(containment: NonNullable<JudgedEntry["containment"]>): string {
  if (containment.type === "free") return "as far as your own programs";
  const { hosts, writable, readable, denied, onlyReads } = containment;
  const network = hosts === "any" ? "any host" : hosts.length === 0 ? "no network" : hosts.join(", ");
  return [
    `inside the sandbox: ${network}${onlyReads === true ? ", nothing to write" : ""}`,
    ...(writable.length === 0 ? [] : [`writes ${writable.join(", ")}`]),
    ...(readable.length === 0 ? [] : [`reads ${readable.join(", ")}`]),
    ...(denied === undefined || denied.read.length === 0 ? [] : [`by rule does not read ${denied.read.join(", ")}`]),
    ...(denied === undefined || denied.write.length === 0 ? [] : [`by rule does not write ${denied.write.join(", ")}`]),
  ].join("; ");
}

function partText(part: Fields, number: number): readonly ViewNode[] {
  const lists = (["reads", "writes", "hosts"] as const).flatMap((name) => {
    const list = textsIn(part[name]);
    return list.length === 0 ? [] : [`   ${name}: ${list.join(", ")}`];
  });
  const why = listOf(part["why"])
    .map((one) => (typeof one === "string" ? one : (stringOf(fieldsOf(one)?.["why"]) ?? "")))
    .filter((one) => one !== "");
  const rule = fieldsOf(part["rule"]);
  const lines = [
    "",
    `${number}. ${stringOf(part["text"]) ?? ""}`,
    `   ${stringOf(part["decision"]) ?? "undecided"} at step ${String(part["step"] ?? "?")}: ${stringOf(part["reason"]) ?? ""}`,
    ...(stringOf(part["class"]) === undefined ? [] : [`   class: ${String(part["class"])}${why.length === 0 ? "" : ` (${why.join("; ")})`}`]),
    ...lists,
    ...(rule === undefined ? [] : [`   rule: ${ruleText(rule)}`]),
  ];
  return [{ type: "markdown", text: lines.join("\n") }];
}

/** The rules in the order they were tried, and how many parts were held against each: what stands behind the rule that decided was not tried. */
function rulesTried(record: Fields, parts: readonly Fields[]): readonly ViewNode[] {
  const tried = objectsIn(record["tried"]);
  if (tried.length === 0) return [];
  const counts = parts.map((part) => (typeof part["tried"] === "number" ? part["tried"] : 0));
  const numbersOf = (index: number): string => counts.flatMap((count, part) => (count > index ? [String(part + 1)] : [])).join(", ");
  return [
    { type: "markdown", text: "" },
    {
      type: "table",
      columns: ["rules tried", "decision", "from", "for part"],
      rows: tried.map((one, index) => [stringOf(one["text"]) ?? "", stringOf(one["decision"]) ?? "", stringOf(one["source"]) ?? "", numbersOf(index)]),
    },
  ];
}

const ruleText = (rule: Fields): string =>
  `${stringOf(rule["decision"]) ?? ""} ${stringOf(rule["text"]) ?? ""} (${stringOf(rule["source"]) ?? "unknown"})`.trim();

/** Hooks, classifiers and rewriters, in the order they were heard. */
function heardBy({ opinions }: JudgedEntry, record: Fields): readonly ViewNode[] {
  const classifiers = [...objectsIn(record["voices"]), ...objectsIn(record["judges"])];
  const rows = [
    ...opinions.map(({ author, stage, decision, reason }) => [author, stage, decision, reason]),
    ...classifiers.map((one) => [stringOf(one["author"]) ?? "", "classifier", stringOf(one["decision"]) ?? "", stringOf(one["reason"]) ?? ""]),
  ];
  return rows.length === 0
    ? []
    : [
        { type: "markdown", text: "" },
        { type: "table", columns: ["heard", "stage", "decision", "reason"], rows },
      ];
}

const objectsIn = (value: unknown): readonly Fields[] => listOf(value).filter(isJsonObject);
const textsIn = (value: unknown): readonly string[] =>
  listOf(value).flatMap((one) => (typeof one === "string" ? [one] : (stringOf(fieldsOf(one)?.["path"]) ?? [])));
