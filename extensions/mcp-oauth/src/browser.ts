import type { Processes } from "@claw/kernel";

export interface Desktop {
  readonly processes: Processes;
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** On Linux the browser may be a child of what opens it: in a session of its own it outlives both that and claw. */
const openers: Readonly<Record<string, readonly (readonly string[])[]>> = {
  darwin: [["open"]],
  win32: [["rundll32", "url.dll,FileProtocolHandler"]],
};
const elsewhere = [["setsid", "xdg-open"], ["xdg-open"]];

/** What a program needs to find the person's screen. */
const screen = ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "BROWSER"];

/** Opens an address in the person's browser: as a word of its own, which no shell ever reads. Nothing is said when there is no browser. */
export async function openBrowser(url: URL, { processes, platform, environment, home }: Desktop, signal: AbortSignal): Promise<void> {
  const env = Object.fromEntries(screen.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])));
  for (const opener of openers[platform] ?? elsewhere) {
    try {
      const scope = { session: "mcp-oauth", cwd: home, roots: [home], signal };
      await using running = await processes.start([...opener, url.href], { own: true, env, timeoutMs: 10_000 }, scope);
      await running.exit;
      return;
    } catch {
      signal.throwIfAborted();
    }
  }
}
