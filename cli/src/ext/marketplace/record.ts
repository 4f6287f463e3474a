import type { KnownMarketplace } from "@claw/marketplace";

/** A marketplace that is known, as `--json` tells of it. */
export const recordOf = ({ id, url, scopes, format, root, unsigned }: KnownMarketplace) => ({
  id,
  url,
  scopes,
  format,
  ...(root === undefined ? {} : { root }),
  unsigned: unsigned === true,
});
