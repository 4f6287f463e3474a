/** What was thrown, as a text of bounded length, whatever it is. */
export function messageOf(error: unknown, most: number = 2_000): string {
  try {
    const message: unknown = error instanceof Error ? error.message : error;
    return excerpt(String(message), most);
  } catch {
    return "an error that has no message";
  }
}

/** A text of bounded length: its beginning, and how long it was. */
export const excerpt = (text: string, most: number = 2_000): string =>
  (text.length <= most ? text : `${text.slice(0, most)} … (${text.length} characters)`).toWellFormed();
