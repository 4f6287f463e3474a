import type { Processes } from "@claw/kernel";

const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** Opens an address in the person's browser: as a word of its own, which no shell ever reads. Nothing is said when there is no browser. */
export async function openBrowser(url: URL, processes: Processes, platform: NodeJS.Platform, home: string, signal: AbortSignal): Promise<void> {
  const command = [...(openers[platform] ?? ["xdg-open"]), url.href];
  try {
    await using running = await processes.start(command, { own: true, timeoutMs: 10_000 }, { session: "mcp-oauth", cwd: home, roots: [home], signal });
    await running.exit;
  } catch {
    signal.throwIfAborted();
  }
}
