import { builtins } from "./builtins.ts";
import { characters } from "./characters.ts";
import { environment } from "./environment.ts";
import { find } from "./find.ts";
import { git } from "./git.ts";
import { injections } from "./injections.ts";
import { languages } from "./languages.ts";
import { network } from "./network.ts";
import { operators } from "./operators.ts";
import { options } from "./options.ts";
import { quoting } from "./quoting.ts";
import { redirections } from "./redirections.ts";
import { substitutions } from "./substitutions.ts";
import { wrappers } from "./wrappers.ts";
import { littleLanguages } from "./little-languages.ts";
import { gitOptions } from "./git-options.ts";
import { reckoning } from "./reckoning.ts";
import { startedPrograms } from "./started-programs.ts";
import { fedWords } from "./fed-words.ts";
import { writtenFiles } from "./written-files.ts";
import { setVariables } from "./set-variables.ts";
import { further } from "./further.ts";
import { overlooked } from "./overlooked.ts";
import type { Hostile } from "./hostile.ts";

/** Everything, by what it is about. */
export const hostile: Readonly<Record<string, readonly Hostile[]>> = {
  builtins,
  characters,
  environment,
  find,
  git,
  injections,
  languages,
  network,
  operators,
  options,
  quoting,
  redirections,
  substitutions,
  wrappers,
  littleLanguages,
  gitOptions,
  reckoning,
  startedPrograms,
  fedWords,
  writtenFiles,
  setVariables,
  overlooked,
  further,
};
