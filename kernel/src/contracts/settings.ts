/** One value that somebody set for a key, and where: a layer, and a file with its line, a variable or a flag. */
export interface SettingOrigin {
  readonly value: unknown;
  readonly layer: string;
  readonly source: string;
}

/** Service `settings`: where an extension's own configuration comes from. Values themselves are in its `config`. */
export interface Settings {
  /** Everything that was said of a key of this extension's configuration and counts, lowest layer first; of a list that adds up, every part. */
  origins(key: string): readonly SettingOrigin[];
  /** The administrator's policy on this extension's settings, which can only tighten, and its file. */
  readonly policy: { readonly file: string; readonly rules: Readonly<Record<string, unknown>> } | undefined;
  /** The same for an extension; each is handed what this answers for it. */
  forExtension?(extension: string): Settings;
}
