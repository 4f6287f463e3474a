/** One value that somebody set for a key, and where: a layer, and a file with its line, a variable or a flag. */
export interface SettingOrigin {
  readonly value: unknown;
  readonly layer: string;
  readonly source: string;
}

/** What an administrator's policy says of one extension's settings; all of it tightens. */
export interface SettingsPolicy {
  readonly file: string;
  readonly rules: Readonly<Record<string, unknown>>;
  /** For people: the file, and the line of what stands at a path of keys and indexes within the rules. */
  sourceOf(path: readonly (string | number)[]): string;
}

/** Service `settings`: where an extension's own configuration comes from. Values themselves are in its `config`. */
export interface Settings {
  /** Everything that was said of a key of this extension's configuration and counts, lowest layer first; of a list that adds up, every part. */
  origins(key: string): readonly SettingOrigin[];
  readonly policy: SettingsPolicy | undefined;
  /** What another file would say if it were the administrator's. Throws E_POLICY_INVALID where the whole of it would not be one. */
  policyIn(file: string): Promise<SettingsPolicy | undefined>;
  /** The same for an extension; each is handed what this answers for it. */
  forExtension?(extension: string): Settings;
}
