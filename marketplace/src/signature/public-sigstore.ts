/** The addresses of the public Sigstore, where nobody names others. */
export const publicSigstore = { fulcioUrl: "https://fulcio.sigstore.dev", rekorUrl: "https://rekor.sigstore.dev" } as const;
