import { judgeAwk } from "./grammars/awk.ts";
import { judgeDate } from "./grammars/date.ts";
import { judgeDd } from "./grammars/dd.ts";
import { judgeFind } from "./grammars/find.ts";
import { judgeJq, readableJq } from "./grammars/jq.ts";
import { judgeSed } from "./grammars/sed.ts";
import { judgeTar } from "./grammars/tar.ts";
import { judgeTest } from "./grammars/test.ts";
import { judgeXargs } from "./grammars/xargs.ts";
import type { Arguments } from "./arguments.ts";
import type { Field } from "./field.ts";
import type { Task } from "./scene.ts";
import type { Grammar } from "./spec.ts";

/** `whole` readers read all the words; the others what is left when the options are told apart. */
export type GrammarReader =
  | { readonly type: "whole"; judge(task: Task): void }
  | { readonly type: "operands"; prepare?(task: Task): readonly Field[]; judge(task: Task, args: Arguments): void };

export const grammars: Readonly<Record<Grammar, GrammarReader>> = {
  awk: { type: "operands", judge: judgeAwk },
  date: { type: "operands", judge: judgeDate },
  dd: { type: "operands", judge: judgeDd },
  find: { type: "whole", judge: judgeFind },
  jq: { type: "operands", prepare: readableJq, judge: judgeJq },
  sed: { type: "operands", judge: judgeSed },
  tar: { type: "whole", judge: judgeTar },
  test: { type: "whole", judge: judgeTest },
  xargs: { type: "whole", judge: judgeXargs },
};
