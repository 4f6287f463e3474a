import fc from "../node_modules/fast-check/lib/fast-check.js";

/**
 * What a test that imports fast-check gets: the same inputs in every run, so that a change is judged by what it changes. Another
 * seed looks further: CLAW_TEST_SEED=… npm test, and `npm run fuzz` for as long as one likes.
 */
fc.configureGlobal({ seed: Number(process.env["CLAW_TEST_SEED"] ?? 20_261_123) });

export * from "../node_modules/fast-check/lib/fast-check.js";
export default fc;
