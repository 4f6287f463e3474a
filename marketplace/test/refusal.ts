import { ClawError } from "@claw/kernel/host";

/** The code that something is refused with; `accepted` when it is not. */
export function refusalOf(work: () => unknown): string {
  try {
    work();
    return "accepted";
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
}

export async function laterRefusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "accepted";
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
}
