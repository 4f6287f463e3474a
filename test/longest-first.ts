import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take ten seconds and more: begun last, one of them would keep a worker busy while the others have nothing left to do. */
const long = [
  "test/safety/sandbox/escape-as-root",
  "test/safety/sandbox/escape-as-user",
  "test/safety/shell/",
  "test/safety/permissions/",
  "marketplace/test/install-crash",
  "marketplace/test/publish",
  "test/architecture/no-back-door",
  "/conformance.test.ts",
];

/** Where nothing is known of earlier runs, as in CI, files are sorted by their size, which says little. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => long.some((part) => moduleId.includes(part));
    return (await super.sort(files)).toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
}
