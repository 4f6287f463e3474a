import type { ProgramSpec } from "./spec.ts";
import * as files from "./spec-files.ts";

/** The specifications that come with the extension; a test has checked each of them. */
export const specifications = Object.values(files) as readonly unknown[] as readonly ProgramSpec[];
