import { expect, test } from "vitest";
import { filesIn, read } from "./source.ts";

/** The codes that packages and marketplaces may fail with, as `ErrorData` has them. */
const codes = [...read("kernel/src/errors.ts").matchAll(/^ {2}(E_[A-Z_0-9]+):/gm)].map(([, code = ""]) => code);

test("every error code of packages has a test that provokes it", () => {
  const tests = filesIn("{kernel,marketplace,cli,test}/**/*.test.ts")
    .filter((file) => !file.startsWith("test/architecture/"))
    .map(read)
    .join("\n");
  expect(codes.length).toBeGreaterThan(100);
  expect(codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(tests))).toEqual([]);
});

test("every error code is thrown somewhere", () => {
  const sources = filesIn("{kernel,marketplace,cli}/src/**/*.ts")
    .filter((file) => !/kernel\/src\/errors\.ts|error-meanings\.ts/.test(file))
    .map(read)
    .join("\n");
  expect(codes.filter((code) => !new RegExp(`"${code}"`).test(sources))).toEqual([]);
});
