/** What is known of a failed model request. `retryAfterMs` is what the provider asked for; `body` is bounded and redacted. */
export interface ModelFailure {
  readonly provider?: string;
  readonly status?: number;
  /** The provider's own word for it. */
  readonly kind?: string;
  readonly retryAfterMs?: number;
  readonly requestId?: string;
  readonly body?: string;
}

interface PathData {
  readonly path: string;
}

/** A place in a file a person wrote. `line` counts from 1. */
export interface SettingsProblem {
  readonly file: string;
  readonly line?: number;
  readonly key?: string;
  readonly message: string;
}

/** From code to what an error of it carries. Codes are stable; packages' codes (`E_…`) share this table. */
export interface ErrorData {
  USAGE: { readonly hint?: string };
  SETTINGS_INVALID: { readonly problems: readonly SettingsProblem[] };
  FOLDER_UNTRUSTED: PathData;
  HOME_MISSING: object;
  OUTPUT_CLOSED: object;
  OUTPUT_FAILED: object;

  MODEL_AUTH: ModelFailure;
  MODEL_NO_CREDENTIALS: ModelFailure;
  MODEL_RATE_LIMITED: ModelFailure;
  MODEL_OVERLOADED: ModelFailure;
  MODEL_REFUSED: ModelFailure;
  MODEL_UNAVAILABLE: ModelFailure;
  MODEL_STREAM_CUT: ModelFailure;
  MODEL_STREAM_INVALID: ModelFailure;
  MODEL_OUTPUT_INVALID: ModelFailure & { readonly problems: readonly string[] };
  MODEL_IDLE: ModelFailure;
  MODEL_CONTEXT_EXCEEDED: ModelFailure;
  MODEL_UNKNOWN: ModelFailure & { readonly model: string; readonly suggestions: readonly string[] };
  /** `status`: what the host answered where it should have opened a connection. */
  NETWORK_FAILED: { readonly host: string; readonly status?: number };
  NETWORK_OFFLINE: { readonly host: string };

  CASSETTE_MISMATCH: { readonly cassette: string; readonly nearest?: number; readonly difference?: string };
  CASSETTE_INVALID: { readonly cassette: string; readonly line?: number };

  TOOL_FAILED: { readonly tool: string };
  TOOL_TIMEOUT: { readonly tool: string; readonly ms: number };
  TOOL_UNKNOWN: { readonly tool: string; readonly suggestions: readonly string[] };
  TOOL_INPUT_INVALID: { readonly tool: string; readonly problems: readonly string[] };
  PROGRAM_NOT_FOUND: { readonly program: string };
  PROGRAM_NOT_STARTED: { readonly program: string };

  PATH_INVALID: PathData;
  PATH_OUTSIDE: PathData;
  PATH_NOT_FOUND: PathData;
  PATH_NOT_FILE: PathData;
  PATH_TOO_LARGE: PathData & { readonly bytes: number; readonly maxBytes: number };
  PATH_CHANGED: PathData;
  PATH_UNREADABLE: PathData;
  PATH_UNWRITABLE: PathData;

  SANDBOX_REQUIRED: { readonly reasons: readonly string[] };
  SANDBOX_FAILED: { readonly stage: string };

  PERMISSION_MODE_UNKNOWN: { readonly mode: string; readonly modes: readonly string[] };
  PERMISSION_RULE_INVALID: { readonly rule: string };
  PERMISSION_MODE_FORBIDDEN: { readonly mode: string };

  MCP_SERVER_UNKNOWN: { readonly server: string; readonly suggestions: readonly string[] };
  MCP_SERVER_INVALID: { readonly server: string; readonly problems: readonly string[] };
  MCP_UNREACHABLE: { readonly server: string; readonly status?: number; readonly waitedMs?: number };
  MCP_AUTH_REQUIRED: { readonly server: string; readonly authenticate?: string };
  MCP_PROTOCOL: { readonly server: string };
  /** The server's own answer to a request: a JSON-RPC error. */
  MCP_REFUSED: { readonly server: string; readonly number: number };
  REAUTH_REQUIRED: { readonly server: string };
  AUTHORIZATION_FAILED: { readonly server: string; readonly kind?: string };

  PROMPT_BLOCKED: { readonly extension: string };
  PLUGIN_BLOCKED: { readonly extension: string };
  EXTENSION_FAILED: { readonly extension: string; readonly at: string };
  EXTENSION_TIMEOUT: { readonly extension: string; readonly at: string; readonly ms: number };
  EXTENSION_SUSPENDED: { readonly extension: string };
  EXTENSION_HELD_BACK: { readonly extension: string; readonly why: string };
  SERVICE_MISSING: { readonly service: string };
  SCOPE_CLOSED: { readonly scope: string };
  LIMIT_REACHED: { readonly limit: string };
  PRICE_UNKNOWN: { readonly model: string };

  SESSION_NOT_FOUND: { readonly session: string };
  SESSION_LOCKED: { readonly session: string; readonly pid?: number };
  SESSION_DAMAGED: { readonly session: string; readonly line?: number };
  SESSION_WRITE_FAILED: { readonly session: string };

  E_NAME: { readonly name: string };
  E_NAME_MISMATCH: { readonly name: string };
  E_NAME_RESERVED: { readonly name: string };
  E_NAME_SIMILAR: { readonly name: string; readonly similar: string };
  E_NAME_UNKNOWN: { readonly name: string; readonly suggestions: readonly string[] };
  E_VERSION: { readonly version: string };
  E_VERSION_MUTATED: { readonly name: string; readonly version: string };
  E_VERSION_REMOVED: { readonly name: string; readonly version: string };
  E_NO_VERSION: { readonly name: string; readonly range: string };
  E_DOWNGRADE: { readonly name: string; readonly from: string; readonly to: string };
  E_MANIFEST_SCHEMA: { readonly problems: readonly string[] };
  E_MANIFEST_DIGEST: { readonly name: string };
  E_MANIFEST_MISMATCH: { readonly name: string; readonly field: string };
  E_MAIN: PathData;
  E_CONFIG_SCHEMA: { readonly extension: string; readonly problems: readonly string[] };
  E_UNDECLARED: { readonly extension: string; readonly what: string };
  E_ID_CLASH: { readonly name: string };
  E_ID_RESERVED: { readonly name: string };
  E_META_TOO_LARGE: { readonly bytes: number };
  E_META_UTF8: object;
  E_META_SYNTAX: { readonly line?: number };
  E_META_DEPTH: object;
  E_META_DUPKEY: { readonly key: string };
  E_META_PROTO: { readonly key: string };
  E_META_NUMBER: object;
  E_META_SCHEMA: { readonly document: string; readonly problems: readonly string[] };
  E_META_DIGEST: { readonly document: string };
  E_CONTENT_ENCODING: { readonly url: string };
  E_TIMEOUT: { readonly url: string; readonly ms: number };
  E_INSECURE: { readonly url: string };
  E_REDIRECT: { readonly url: string };
  E_URL_HOST: { readonly url: string };
  E_URL_SCHEME: { readonly url: string };
  E_HTTP_STATUS: { readonly url: string; readonly status: number };
  E_NOT_PUBLISHED: { readonly url: string };
  E_ROOT_VERSION: { readonly marketplace: string };
  E_ROOT_EXPIRED: { readonly marketplace: string; readonly expires: string };
  E_ROOT_MARKETPLACE: { readonly marketplace: string };
  E_ROOT_UNKNOWN: { readonly marketplace: string; readonly fingerprint: string };
  E_INDEX_ROLLBACK: { readonly marketplace: string; readonly seen: number; readonly offered: number };
  E_INDEX_EQUIVOCATION: { readonly marketplace: string; readonly version: number };
  E_INDEX_EXPIRED: { readonly marketplace: string; readonly expires: string };
  E_INDEX_FUTURE: { readonly marketplace: string; readonly issued: string };
  E_INDEX_LIFETIME: { readonly marketplace: string };
  E_INDEX_MARKETPLACE: { readonly marketplace: string };
  E_INDEX_REMOVED: { readonly marketplace: string; readonly names: readonly string[] };
  E_MARKETPLACE_UNKNOWN: { readonly marketplace: string };
  E_MARKETPLACE_CLAIMED: { readonly scope: string };
  E_AMBIGUOUS: { readonly name: string; readonly marketplaces: readonly string[] };
  E_DEP_CYCLE: { readonly cycle: readonly string[] };
  E_DEP_CONFLICT: { readonly name: string; readonly ranges: readonly string[] };
  E_DEP_LIMIT: { readonly name: string };
  E_DEPENDED_ON: { readonly name: string; readonly by: readonly string[] };
  E_POLICY: { readonly policy: string; readonly what: string };
  E_POLICY_INVALID: { readonly policy: string; readonly problems: readonly string[] };
  E_LOCK_DRIFT: { readonly drift: readonly string[] };
  E_FOREIGN: { readonly source: string };
  E_LINT: { readonly problems: readonly string[] };
  E_PUBLISHED: { readonly name: string; readonly version: string };
  E_SEAL: PathData;
  E_LOCKED: { readonly pid?: number };
  E_LOCK_INTEGRITY: PathData;
  E_LOAD_INTEGRITY: { readonly extension: string; readonly file: string };
  E_EXT_MODULE: { readonly specifier: string };
  E_STORE_UNSAFE: PathData;
  E_PUBLISHER_UNTRUSTED: { readonly extension: string; readonly publisher: string };
  E_REVOKED: { readonly extension: string };
  E_NOT_INSTALLED: { readonly extension: string };
  E_CONSENT_REQUIRED: { readonly what: string };
  E_BUNDLE: { readonly problems: readonly string[] };
  E_HIDDEN_UNICODE: { readonly file: string; readonly offset: number };

  E_GZIP: object;
  E_GZIP_TRAILING: object;
  E_BOMB: object;
  E_TOO_LARGE: object;
  E_TOO_MANY_FILES: object;
  E_ARCHIVE_DIGEST: object;
  E_TAR_EOF: object;
  E_TAR_TRAILING: object;
  E_TAR_PADDING: object;
  E_TAR_TYPE: object;
  E_TAR_SYMLINK: object;
  E_TAR_HARDLINK: object;
  E_TAR_FIFO: object;
  E_TAR_DEVICE: object;
  E_TAR_DIR: object;
  E_TAR_GNU: object;
  E_TAR_PAX: object;
  E_TAR_PREFIX: object;
  E_TAR_MODE: object;
  E_TAR_NONCANON: object;
  E_TAR_ORDER: object;
  E_TAR_SIZE: object;
  E_TAR_NUMBER: object;
  E_TAR_BASE256: object;
  E_TAR_CHECKSUM: object;
  E_TAR_NAME_NUL: object;
  E_PATH_TRAVERSAL: PathData;
  E_PATH_ROOT: PathData;
  E_PATH_CHARSET: PathData;
  E_PATH_RESERVED: PathData;
  E_PATH_COLLISION: PathData;
  E_PATH_FORBIDDEN: PathData;
  E_SIG_MISSING: object;
  E_SIG_BUNDLE: object;
  E_SIG_TOO_LARGE: object;
  E_SIG_TYPE: object;
  E_SIG_DIGEST: object;
  E_SIG_INVALID: object;
  E_SIG_UNKNOWN_KEY: object;
  E_SIG_EMBEDDED_KEY: object;
  E_SIG_MODE: object;
  E_SIG_SUBJECT: object;
  E_SIG_IDENTITY: object;
  E_SIG_LEGACY: object;
  E_SIG_THRESHOLD: { readonly document: string };
  E_SIGN: { readonly step: string };
  E_POLICY_EMPTY: object;
}

export type ErrorCode = keyof ErrorData;

export interface ErrorOptionsOfClaw {
  readonly cause?: unknown;
  /** True if the same request may succeed later. Decided where the failure is seen, acted on in one place. */
  readonly retryable?: boolean;
  /** What the person can do: a command or a line to add. */
  readonly fix?: string;
}

const brand: unique symbol = Symbol.for("claw.error") as never;

/** The one error class. The message is one sentence a user can act on, without a trailing period. */
export class ClawError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "ClawError";
  readonly code: C;
  readonly data: ErrorData[C];
  readonly retryable: boolean;
  readonly fix: string | undefined;

  constructor(code: C, message: string, data: ErrorData[C], options: ErrorOptionsOfClaw = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.data = data;
    this.retryable = options.retryable ?? false;
    this.fix = options.fix;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether a value is a ClawError, of this copy of the class or of another's. */
  static is<C extends ErrorCode>(value: unknown, code?: C): value is ClawError<C> {
    if (typeof value !== "object" || value === null || !(brand in value)) return false;
    const own: unknown = (value as unknown as ClawError).code;
    return code === undefined ? typeof own === "string" : own === code;
  }
}

/** The exit code of a failure: the table of the whole program, the same in every command and output format. */
export const exitCodeOf = (code: string): number => exits.find(([pattern]) => pattern.test(code))?.[1] ?? 1;

const exits: readonly (readonly [RegExp, number])[] = [
  [/^(USAGE)$/, 2],
  [
    /^(SETTINGS_INVALID|FOLDER_UNTRUSTED|HOME_MISSING|PERMISSION_(MODE_UNKNOWN|MODE_FORBIDDEN|RULE_INVALID)|EXTENSION_HELD_BACK|SERVICE_MISSING|MCP_SERVER_INVALID|PRICE_UNKNOWN|E_ID_CLASH|E_ID_RESERVED|E_POLICY|E_POLICY_INVALID|E_CONFIG_SCHEMA)$/,
    3,
  ],
  [/^(MODEL_AUTH|MODEL_NO_CREDENTIALS|MCP_AUTH_REQUIRED|REAUTH_REQUIRED|AUTHORIZATION_FAILED)$/, 4],
  [/^(E_CONSENT_REQUIRED|E_NAME_SIMILAR|E_ROOT_UNKNOWN|E_DOWNGRADE)$/, 5],
  [/^LIMIT_REACHED$/, 6],
  [
    /^(MODEL_(RATE_LIMITED|OVERLOADED|UNAVAILABLE|STREAM_CUT|STREAM_INVALID|IDLE)|NETWORK_(FAILED|OFFLINE)|MCP_(UNREACHABLE|PROTOCOL)|E_TIMEOUT|E_HTTP_STATUS)$/,
    7,
  ],
  [
    /^(SESSION_NOT_FOUND|MODEL_UNKNOWN|MCP_SERVER_UNKNOWN|E_NOT_INSTALLED|E_NAME_UNKNOWN|E_NO_VERSION|E_NOT_PUBLISHED|E_MARKETPLACE_UNKNOWN|PATH_NOT_FOUND)$/,
    9,
  ],
  // As a shell says that a program is none, and that there is none: `claw sandbox exec` ends as the program would.
  [/^PROGRAM_NOT_STARTED$/, 126],
  [/^PROGRAM_NOT_FOUND$/, 127],
  [/^(SESSION_LOCKED|E_LOCKED)$/, 10],
  [/^(SESSION_DAMAGED|E_SEAL|E_LOCK_INTEGRITY|E_STORE_UNSAFE)$/, 11],
  [/^E_(LINT|DEPENDED_ON|SIGN|AMBIGUOUS|DEP_CONFLICT|DEP_CYCLE|DEP_LIMIT|FOREIGN|PUBLISHED|MARKETPLACE_CLAIMED)$/, 1],
  [/^E_/, 8],
];
