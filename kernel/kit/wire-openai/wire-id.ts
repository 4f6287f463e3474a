import { createHash } from "node:crypto";
import { wireName } from "../wire-json.ts";

/** The longest id that both of the vendor's wires take. */
const maxLength = 40;

/** An id that the vendor takes; another one's may be longer. A call and its result change alike. */
export function wireId(id: string): string {
  const name = wireName(id);
  return name.length <= maxLength ? name : createHash("sha256").update(id).digest("hex").slice(0, maxLength);
}
