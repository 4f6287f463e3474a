import type { VerbCall } from "../verbs/run.ts";

const prefix = "extensions.";

/** What the project's own settings ask for, whether its folder is trusted or not: name to range. */
export const projectWants = ({ booted }: Pick<VerbCall, "booted">): Readonly<Record<string, string>> =>
  Object.fromEntries(
    booted.project
      .read([])
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key, value }) => [key.slice(prefix.length), String(value)]),
  );
