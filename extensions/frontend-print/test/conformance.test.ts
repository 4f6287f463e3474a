import { frontendConformance } from "@claw/testing/conformance";
import { printWith } from "./print.ts";

for (const outputFormat of ["text", "json", "stream-json"] as const) {
  frontendConformance(`print as ${outputFormat}`, async () => printWith({ outputFormat }));
}
