import { Random } from "../../../fuzz/random.ts";

/** Numbers for one command. Half of the commands are calm: nothing hostile is put into them, so that more of them are proven and run. */
export class Dice extends Random {
  readonly calm: boolean = this.oneIn(2);
}
