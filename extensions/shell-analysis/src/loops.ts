import { forEachChild, type SyntaxNode } from "unbash";

const mover = /^(?:cd|pushd|popd|eval|source|\.|builtin|command)$/;

/** What stands behind it is never run. */
const asking = /^-p?[Vv]$/;

/** More places than this are not looked at. */
const most = 2_000;

/** Whether a part of a script may take its own shell elsewhere. */
export function movesFolder(node: SyntaxNode): boolean {
  let found = false;
  let count = 0;
  const look = (one: SyntaxNode): void => {
    count += 1;
    found ||= count > most;
    if (found || one.type === "Word" || one.type === "Subshell") return;
    if (one.type === "Command") {
      const name = one.name?.text;
      const [first] = one.suffix;
      if (name === "command" && first?.type === "Word" && asking.test(first.text)) return;
      found = name !== undefined && (mover.test(name) || /[^\w./:[+-]/.test(name));
    } else if (one.type !== "Pipeline" || one.commands.length === 1) forEachChild(one, look);
  };
  look(node);
  return found;
}
