import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The browser of this machine. Where there is none the tests that need it are left out, aloud; in CI that is a failure. */
export function browserOnPath(): string | undefined {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isProgram);
  if (found !== undefined) return found;
  const why = `there is no ${names.join(", ")} on PATH, so nothing looks at the pages of a marketplace: install one`;
  if (process.env["CI"]) throw new Error(why);
  process.stderr.write(`\nLEFT OUT: ${why}\n\n`);
  return undefined;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Chromium's own sandbox does not start for root. */
export const openBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

/** Everything that went wrong on a page, or out of it: messages of its console, errors, dialogs, and requests that leave where it is served or fail. */
export function complaintsOf(page: Page, base: string): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => void (request.url().startsWith(base) || complaints.push(`left: ${request.url()}`)));
  // Whoever leaves a page ends what it was still loading.
  page.on("requestfailed", (request) => void (request.failure()?.errorText === "net::ERR_ABORTED" || complaints.push(`failed: ${request.url()}`)));
  page.on("response", (response) => void (response.status() < 400 || complaints.push(`${response.status()}: ${response.url()}`)));
  return complaints;
}
