import type { Tool } from "@claw/kernel";
import type { BackgroundCommands } from "./background.ts";
import { requireVisible } from "./command-text.ts";
import { detailsOf, endingOf, hintOf, report } from "./ending.ts";
import { LiveView } from "./live-view.ts";
import { OutputWindow, type WindowLimits } from "./output-window.ts";
import { refusalOf } from "./refusal.ts";
import type { StartShell } from "./shell.ts";
import { SpillFile } from "./spill-file.ts";

export interface BashInput {
  readonly command: string;
  readonly description?: string;
  readonly timeout?: number;
  readonly cwd?: string;
  readonly run_in_background?: boolean;
  readonly needs?: readonly string[];
}

export interface BashLimits extends WindowLimits {
  readonly timeoutMs: number;
  readonly maxSpillBytes: number;
}

/** Tool `bash`: one command to its end, or into the background. */
export function createBash(start: StartShell, background: BackgroundCommands, limits: BashLimits): Tool<BashInput> {
  return async ({ command, cwd, timeout, needs = [], run_in_background: inBackground }, call) => {
    requireVisible(command);
    if (inBackground === true) return background.start({ command, cwd, timeoutMs: timeout, needs }, call);

    const timeoutMs = timeout ?? limits.timeoutMs;
    await using running = await start({ command, cwd, timeoutMs }, call);
    await using spill = new SpillFile(() => call.spill(spillName(call.id)), limits.maxSpillBytes);
    using live = new LiveView((content) => call.progress(content));
    const window = new OutputWindow(limits);
    for await (const { bytes } of running.output) {
      if (!spill.isOpen && !window.fits(bytes.length)) await spill.write(window.bytes());
      if (spill.isOpen) await spill.write(bytes);
      window.take(bytes);
      live.take(bytes);
    }
    const exit = await running.exit;
    call.signal.throwIfAborted();

    const ending = endingOf(exit, timeoutMs);
    const printed = window.text((leftOut) => `${leftOut} bytes left out, ${spill.describe()}`);
    return {
      content: [{ type: "text", text: report(printed, ending, hintOf(exit), refusalOf(exit, printed, needs)) }],
      ...(ending === undefined ? {} : { failed: true }),
      details: { ...detailsOf(exit), ...(spill.path === undefined ? {} : { spilled: spill.path }) },
    };
  };
}

/** A file name for the output of a call; ids are the provider's, and may hold anything. */
const spillName = (id: string): string => `bash-${id.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 64)}.txt`;
