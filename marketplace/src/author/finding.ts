/** Something that `claw ext check` found. */
export interface Finding {
  /** A problem is refused when the package is published; a warning is for the author to judge. */
  readonly level: "problem" | "warning";
  /** A file, with the field or the line where there is one: `extension.json: permissions.net.0`. */
  readonly where: string;
  readonly what: string;
  /** The line that would put it right. */
  readonly fix: string;
}

export const problem = (where: string, what: string, fix: string): Finding => ({ level: "problem", where, what, fix });
export const warning = (where: string, what: string, fix: string): Finding => ({ level: "warning", where, what, fix });

/** Where in the manifest. */
export const inManifest = (path: string): string => (path === "" ? "extension.json" : `extension.json: ${path}`);

/** A finding in one line. */
export const findingText = ({ where, what, fix }: Finding): string => `${where} ${what} (${fix})`;
