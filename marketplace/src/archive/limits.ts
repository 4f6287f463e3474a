/** What a package may be at most. Sizes are bytes. */
export const limits = {
  compressed: 32 * 1024 * 1024,
  unpacked: 64 * 1024 * 1024,
  /** Unpacked may be this many times compressed, and `slack` more. */
  ratio: 200,
  slack: 64 * 1024,
  files: 2000,
  manifest: 256 * 1024,
} as const;
