import { ClawError, parseStrict } from "@claw/kernel/host";
import { isSecretFile, secretFilter } from "@claw/kernel/kit";
import { refuseHiddenTexts, refuseHiddenUnicode } from "../archive/hidden-unicode.ts";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import { type Finding, problem, warning } from "./finding.ts";

/** What nobody meant to ship: characters that nobody can see, and secrets. */
export function textFindings(files: readonly ArchiveFile[]): readonly Finding[] {
  return files.flatMap((file) => [...hiddenIn(file), ...secretsIn(file)]);
}

function hiddenIn(file: ArchiveFile): readonly Finding[] {
  try {
    refuseHiddenUnicode([file]);
    if (file.path === "extension.json") refuseHiddenTexts(file.path, file.data, parseStrict(file.data));
    return [];
  } catch (error) {
    if (!ClawError.is(error, "E_HIDDEN_UNICODE")) throw error;
    const { message, data, fix = "" } = error;
    return [problem(data.file, message.slice(message.indexOf(" ") + 1).replace(/^/, `at byte ${data.offset} `), fix)];
  }
}

function secretsIn({ path, data }: ArchiveFile): readonly Finding[] {
  const byName = isSecretFile(`/${path}`) ? [problem(path, "is a file that holds secrets by its name", `${path} in .clawignore`)] : [];
  const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString("utf8");
  const kinds = new Set<string>();
  // What only stands where a secret would is a variable in code, or an example.
  const filter = secretFilter({}, (kind) => (kind === "secret" ? "" : (kinds.add(kind), "")));
  filter.text(text);
  return [...byName, ...[...kinds].map((kind) => secretFinding(path, lineOf(text, kind), kind))];
}

/** An address with a password in it is more often the example of a library than a secret. */
const secretFinding = (path: string, line: number, kind: string): Finding =>
  (kind === "password" ? warning : problem)(
    `${path}:${line}`,
    `holds what looks like a secret (${kind})`,
    "take it out, and out of use: whoever saw it has it",
  );

/** The first line on which a kind of secret shows; where it takes several, the line on which a key begins. */
function lineOf(text: string, kind: string): number {
  const lines = text.split("\n");
  const found = lines.findIndex((line) => {
    let isThere = kind === "private-key" && /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line);
    secretFilter({}, (name) => ((isThere ||= name === kind), "")).text(line);
    return isThere;
  });
  return found + 1;
}
