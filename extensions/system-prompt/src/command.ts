import { ClawError, type Command, type CommandCall } from "@claw/kernel";
import { type Assembly, assembleSections } from "./assemble.ts";
import { type Section, textsOf } from "./section.ts";

/** `claw print-system-prompt`: what a session here would begin with, or what the session at hand does begin with. */
export const createPrintCommand = (assembly: Assembly): Command => ({
  async run(call) {
    const [unknown] = call.argv;
    if (unknown !== undefined)
      throw new ClawError("USAGE", `print-system-prompt takes no ${JSON.stringify(unknown)}`, {}, { fix: "claw print-system-prompt [--json]" });
    const sections =
      loggedSections(call) ??
      (await assembleSections({ session: call.session ?? "", cwd: call.cwd, roots: call.roots, signal: call.signal }, undefined, assembly));
    call.emit({ sections: sections.map(({ name, source, text }) => ({ name, source, bytes: Buffer.byteLength(text), text })) });
    call.show({ type: "code", text: textsOf(sections).join("\n\n") });
    return 0;
  },
});

/** The prompt of a session is made once and stays in its log. */
function loggedSections({ session, client }: CommandCall): readonly Section[] | undefined {
  if (session === undefined) return undefined;
  const logged = client.entries(session).findLast((entry) => entry.type === "changed" && entry.key === "system-prompt");
  if (logged?.type !== "changed" || !Array.isArray(logged.value)) return undefined;
  const blocks = logged.value as readonly { readonly type: string; readonly text?: string }[];
  return blocks.map(({ text = "" }) => ({ name: "session", source: `session ${session}`, text }));
}
