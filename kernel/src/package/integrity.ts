import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isBuiltin, registerHooks } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ClawError } from "../errors.ts";

/** What the loader has to know of an installed extension. */
export interface LoadableExtension {
  readonly name: string;
  readonly folder: string;
  /** The URL of the main file, inside `folder`. */
  readonly main?: string;
  /** Path in the folder to SHA-256, base64. */
  readonly files: Readonly<Record<string, string>>;
}

/** The way into the process for extensions' code. There is one per process, opened by the host. */
export interface Loader extends Disposable {
  /** Imports the main file of an installed extension, its bytes checked on their way to the engine, and returns the default export. Where there is no code, nothing wakes. */
  loadExtension(extension: LoadableExtension): Promise<unknown>;
}

interface Registered {
  readonly extension: LoadableExtension;
  /** Ends with a slash. */
  readonly base: string;
}

/**
 * Installs the load hook. A file of a registered package is read, hashed and compared with the lock, and exactly those bytes are handed to
 * the engine. Anything else below the folder that holds the packages is refused, and so is every import that leaves a package.
 */
export function openLoader(): Loader {
  const packages = new Map<string, Registered>();
  const roots = new Set<string>();

  const rootOf = (url: string): string | undefined => {
    for (const root of roots) if (url.startsWith(root)) return root;
    return undefined;
  };
  const packageAt = (url: string, root: string): Registered | undefined => packages.get(url.slice(0, url.indexOf("/", root.length) + 1));

  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL;
      const root = parent === undefined ? undefined : rootOf(parent);
      if (parent !== undefined && root !== undefined) {
        if (isBuiltin(specifier)) return next(specifier, context);
        return { url: resolved(specifier, parent, packageAt(parent, root)), format: "module", shortCircuit: true };
      }
      // What the host imports is a whole URL already; looking for it on the disk would only follow links.
      return rootOf(specifier) === undefined ? next(specifier, context) : { url: specifier, format: "module", shortCircuit: true };
    },
    load(url, context, next) {
      const root = rootOf(url);
      if (root === undefined) return next(url, context);
      const source = verified(url, packageAt(url, root));
      return { format: url.endsWith(".json") ? "json" : "module", source, shortCircuit: true };
    },
  });

  return {
    async loadExtension(extension) {
      const { folder, main } = extension;
      if (main === undefined) return codeless;
      const base = `${pathToFileURL(folder).href}/`;
      roots.add(`${pathToFileURL(dirname(folder)).href}/`);
      packages.set(base, { extension, base });
      return ((await import(main)) as { readonly default?: unknown }).default;
    },
    [Symbol.dispose]: () => hooks.deregister(),
  };
}

/** Of texts and settings alone: there is nothing to check, and nothing to run. */
export const codeless = { api: 1, activate: () => Promise.resolve() } as const;

function resolved(specifier: string, parent: string, from: Registered | undefined): string {
  if (from !== undefined && /^\.\.?\//.test(specifier)) {
    const { href } = new URL(specifier, parent);
    if (href.startsWith(from.base) && Object.hasOwn(from.extension.files, href.slice(from.base.length)) && /\.(?:m?js|json)$/.test(href)) return href;
  }
  const name = from?.extension.name ?? "an unknown package";
  throw new ClawError(
    "E_EXT_MODULE",
    `${name} imports ${JSON.stringify(specifier)}, which is neither a module of its package nor a node: module`,
    { specifier },
    { fix: "bundle it into the package" },
  );
}

function verified(url: string, from: Registered | undefined): Uint8Array {
  const path = from === undefined ? url : url.slice(from.base.length);
  const name = from?.extension.name ?? "an unknown package";
  const expected = from !== undefined && Object.hasOwn(from.extension.files, path) ? from.extension.files[path] : undefined;
  if (expected === undefined) throw refused(name, path, "is no file of the package that was installed");
  const bytes = bytesOf(url, name, path);
  if (hash("sha256", bytes, "base64") !== expected) throw refused(name, path, "is not what was installed");
  return bytes;
}

function bytesOf(url: string, name: string, path: string): Uint8Array {
  try {
    return readFileSync(fileURLToPath(url));
  } catch (cause) {
    throw refused(name, path, "cannot be read", cause);
  }
}

const refused = (extension: string, file: string, why: string, cause?: unknown): ClawError =>
  new ClawError("E_LOAD_INTEGRITY", `${extension}: ${file} ${why}`, { extension, file }, { cause, fix: "install it again; in a checkout, npm run build" });
