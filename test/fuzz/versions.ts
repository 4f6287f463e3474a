import { byVersion, checkRange, checkVersion, isPrerelease, isVersion, majorOf, satisfies } from "../../marketplace/src/versions.ts";
import { mutateText } from "./mutation.ts";
import { promise, type Target } from "./target.ts";

const seeds = [
  "1.0.0",
  "0.0.0",
  "10.20.30",
  "1.2.3-alpha.1",
  "1.0.0-0.3.7",
  "9007199254740991.0.0",
  "v1.0.0",
  " 1.0.0",
  "1.0.0+a",
  "1.0",
  "1.0.0-01",
  "01.0.0",
  "^1.2.0",
  "~1.2",
  ">=1.2.0 <2.0.0",
  "1.x",
  "*",
  "",
  "1.2.3 - 2.3.4",
  "^0.0.3 || ~1 || >2",
  "<1.0.0-0",
  "=1.0.0",
  ">=1.2.0-alpha <1.2.0",
  "latest",
  "^1.2.0 ".repeat(30),
];
const some = ["1.0.0", "1.2.3", "0.0.0", "2.0.0-rc.1", "1.2.3-alpha.1", "9007199254740991.9007199254740991.9007199254740991"];

/** Versions and ranges: each text is read as both. */
export const versions: Target<string, { readonly version: boolean; readonly range: boolean }> = {
  name: "versions",
  refusals: /^E_VERSION$/,
  input: (random) => mutateText(random, random.pick(seeds), seeds),

  read(input) {
    const version = isVersion(input);
    if (version) return { version, range: checkRange(input, "it") === input };
    return { version, range: checkRange(input, "it") === input && some.map((one) => satisfies(one, input)).length > 0 };
  },

  holds({ version, range }, input) {
    if (version) {
      promise(checkVersion(input, "it") === input && /^[0-9A-Za-z.-]{5,256}$/.test(input), "it has another spelling");
      promise(byVersion(input, input) === 0 && satisfies(input, input), "it is not itself");
      promise(isPrerelease(input) === input.includes("-") && String(majorOf(input)) === input.split(".")[0], "its parts are others");
      for (const one of some) promise(Math.sign(byVersion(input, one)) === -Math.sign(byVersion(one, input)), "its order depends on who asks");
    }
    if (range) {
      promise(input.length <= 256, "it is longer than a range may be");
      for (const one of some) promise(satisfies(one, input) === satisfies(one, ` ${input} `), "blanks change what it means");
    }
  },
};
