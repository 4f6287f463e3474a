import { honest } from "../../../../extensions/shell-analysis/test/corpus/honest.ts";
import type { Random } from "../../../fuzz/random.ts";
import { payloads } from "../payloads.ts";

/** npm writes a log of each run. */
const quiet = payloads.filter((payload) => !payload.startsWith("npm "));

const commands = Object.values(honest)
  .flat()
  .map(({ command }) => command)
  // What waits would take the most of the time.
  .filter((command) => !/\b(?:sleep|npm|npx|until|tail -f)\b/.test(command));

/** What a shell's grammar is made of: whatever two readers of it see differently is some of these next to one another. */
const signs: readonly string[] = [
  ..."( ) ; ;; ;& | || && & ! { } [[ ]] (( )) < > << <<- <<< <& >& &> >| <> |& <( >( $( ${ $(( $[ ` ' \" $' $\" \\ # = += [ ] * ? ~ @( !( - -- $ $x {a,b} {fd}> 2> 2<( 2>&1 =( a=( a[0]= do done then fi in esac case if for while time function coproc".split(
    " ",
  ),
  " ",
  "\n",
  "\t",
  "\r",
  "\\\n",
  " # ",
  "\n#",
  " }; ",
  "<<E\n",
  "\nE\n",
  "\u00a0",
];

const hidden = (payload: string): readonly string[] => [
  `; ${payload}`,
  `\n${payload}\n`,
  `|${payload}`,
  `&&${payload}`,
  `$(${payload})`,
  `\`${payload}\``,
  `<(${payload})`,
  `>(${payload})`,
  `${payload};`,
  payload,
];

/** An honest command with a payload cut into it, and some signs around it: mostly it is quoted, commented out or refused, and sometimes it runs. */
export function spliced(random: Random): string {
  const payload = random.oneIn(3) ? random.pick(quiet) : "touch PWN";
  let text = insert(random.pick(commands), random.pick(hidden(payload)), random);
  for (let count = random.below(4); count > 0; count -= 1) text = random.oneIn(5) ? without(text, random) : insert(text, random.pick(signs), random);
  return text;
}

function insert(text: string, piece: string, random: Random): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + piece + text.slice(at);
}

function without(text: string, random: Random): string {
  const at = random.below(text.length);
  return text.slice(0, at) + text.slice(at + 1 + random.below(3));
}
