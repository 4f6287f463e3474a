import { posix, win32 } from "node:path";
import { checkPath } from "../../marketplace/src/archive/paths.ts";
import { baseOf, checkName, isName, requestOf, scopeOf } from "../../marketplace/src/names.ts";
import { mutateText } from "./mutation.ts";
import { promise, type Target } from "./target.ts";

const seeds = [
  "acme/bedrock",
  "claw/tools-files",
  "a/b",
  "0/0",
  "acme/bedrock@^1.2",
  "bedrock",
  "bedrock@1.0.0",
  "acme/bedrock@>=1 <2",
  `${"a".repeat(64)}/${"b".repeat(35)}`,
  "dist/index.mjs",
  "README.md",
  "skills/a/SKILL.md",
  "bin/x86_64-linux+gnu",
  "a/b/c/d/e/f/g/h/i/j",
  "extension.json",
  ".hidden",
  "@scope/x",
  "com1/x",
  "acme/--x",
  "acme/node-modules",
  "acme/constructor",
  "aux.txt",
  "lib/x.node",
  "a/../b",
  "package/.",
];

interface Accepted {
  readonly name: boolean;
  readonly request: ReturnType<typeof requestOf> | undefined;
  readonly path: boolean;
}

/** Whether something is accepted; refusals of a kind that is not expected go on. */
const unlessRefused = <T>(work: () => T, refused: (error: unknown) => boolean): T | undefined => {
  try {
    return work();
  } catch (error) {
    if (refused(error)) return undefined;
    throw error;
  }
};
const code = (error: unknown): string => String((error as { readonly code?: unknown }).code);
const isNameRefusal = (error: unknown): boolean => code(error) === "E_NAME";
const isPathRefusal = (error: unknown): boolean => /^E_PATH_(?:TRAVERSAL|ROOT|CHARSET|RESERVED|FORBIDDEN)$/.test(code(error));

/** Names, what a person asks for, and paths in a package: each text is read as all three. */
export const names: Target<string, Accepted> = {
  name: "names",
  refusals: /^E_NAME$/,
  input: (random) => mutateText(random, random.pick(seeds), seeds),

  read(input) {
    const request = unlessRefused(() => requestOf(input), isNameRefusal);
    const path = unlessRefused(() => (checkPath(input), true), isPathRefusal) ?? false;
    const name = isName(input);
    // Whoever takes neither has to say so.
    if (!name && !path && request === undefined) checkName(input);
    return { name, request, path };
  },

  holds({ name, request, path }, input) {
    if (name) {
      promise(checkName(input) === input && `${scopeOf(input)}/${baseOf(input)}` === input, "its halves make another name");
      promise(/^[a-z0-9-]{1,64}\/[a-z0-9-]{1,64}$/.test(input) && input.length <= 100, "it has other characters");
      promise(encodeURI(input) === input && new URL(input, "https://x.example/a/").pathname === `/a/${input}`, "it is another address");
      promise(requestOf(input).name === input, "it is not what a request for it names");
    }
    if (name || path) {
      promise(input.normalize("NFKC") === input && input.isWellFormed(), "another spelling is the same");
      promise(posix.join("/x", input) === `/x/${input}` && win32.join("c:\\x", input) === `c:\\x\\${input.replaceAll("/", "\\")}`, "it leads elsewhere");
    }
    if (path) promise(/^[\x21-\x7e]{1,92}$/.test(input), "it cannot be printed");
    if (request !== undefined) {
      promise(request.range === undefined ? request.name === input : `${request.name}@${request.range}` === input, "what was typed is lost");
      promise(/^[a-z0-9-]+(?:\/[a-z0-9-]+)?$/.test(request.name), "a request names something else than a name");
    }
  },
};
