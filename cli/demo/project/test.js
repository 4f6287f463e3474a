import { total } from "./cart.js";

const cart = [{ cents: 1000, pieces: 2 }, { cents: 500, pieces: 1 }];

const tests = {
  "an empty cart costs nothing": () => [total([]), 0],
  "a cart costs the sum of its lines": () => [total(cart), 2500],
  "a discount is a percentage of the sum": () => [total(cart, 10), 2250],
};

let failed = 0;
for (const [name, run] of Object.entries(tests)) {
  const [actual, expected] = run();
  if (actual === expected) {
    console.log(`ok - ${name}`);
  } else {
    failed += 1;
    console.log(`not ok - ${name}: expected ${expected}, got ${actual}`);
  }
}
console.log(`${Object.keys(tests).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
