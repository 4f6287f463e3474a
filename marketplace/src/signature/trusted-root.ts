import root from "./trusted-root.json" with { type: "json" };

/**
 * The certificate authority, logs and timestamp authority of the public Sigstore, pinned: nothing is asked for them at run time, and
 * only a release of claw changes them. The file is `trusted_root.json` of https://tuf-repo-cdn.sigstore.dev, byte for byte as it
 * stands in `seeds.json` of the npm package @sigstore/tuf 5.0.1 of 2026-11-05 (version 16 of that repository's root, SHA-256
 * 6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66).
 */
export const publicTrustedRoot: unknown = root;
