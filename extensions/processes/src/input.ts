import type { Writable } from "node:stream";
import type { RunningInput } from "@claw/kernel";
import { notStarted } from "./program.ts";

/** The standard input of a program that is talked to: who writes faster than it reads waits. */
export function inputOf(pipe: Writable, program: string): RunningInput {
  const refuseGone = (): void => {
    if (pipe.destroyed || pipe.writableEnded) throw notStarted(program, "it reads no more", { retryable: true });
  };
  return {
    async write(bytes) {
      refuseGone();
      if (pipe.write(bytes)) return;
      await room(pipe);
      refuseGone();
    },
    end: () => void pipe.end(),
  };
}

/** Resolves once a pipe can take more, or has closed: that of a program that ended never drains. */
function room(pipe: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    pipe.off("drain", done).off("close", done);
    resolve();
  };
  pipe.on("drain", done).on("close", done);
  return promise;
}
