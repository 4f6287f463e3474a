import type { Located } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import type { RepositoryCheck } from "./repository.ts";

/** Answers as if a folder that is not there were there, with nothing in it. */
export interface ImaginedFolder {
  located(place: Located): Located;
  readonly repository: RepositoryCheck;
}

/** `real` is where the missing folder would lie. */
export function imaginedFolder(real: string, repository: RepositoryCheck): ImaginedFolder {
  const parent = nearest(real);
  return {
    located: (place) => {
      if (!isWithin(real, place.real)) return place;
      return { ...place, inside: true, ...(place.real === real ? { kind: "folder" } : {}) };
    },
    // git looks upwards from it.
    repository: (folder) => repository(isWithin(real, folder) ? parent : folder),
  };
}

function nearest(path: string): string {
  let current = dirname(path);
  while (lstatSync(current, { throwIfNoEntry: false }) === undefined) current = dirname(current);
  return current;
}
