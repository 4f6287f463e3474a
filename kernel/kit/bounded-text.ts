/**
 * The text of an answer that must be short: past `maxBytes` the rest is not read, the connection is given up and RangeError
 * thrown. A server that sends without end costs that much memory and no more.
 */
export async function boundedText(response: Response, maxBytes: number = 4 * 1024 * 1024): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    const { done, value } = (await reader.read()) as { readonly done: boolean; readonly value: Uint8Array };
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new RangeError(`the answer is over ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}
