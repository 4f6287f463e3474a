/** The build puts it in the place of the global class (`claw.inject` in package.json). */
export { LightHeaders } from "@claw/kernel/kit";
