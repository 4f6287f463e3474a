import { boundedText } from "@claw/kernel/kit";
import { expect, test } from "vitest";

/** An answer in the given pieces, and whether its source was told to stop. */
function answer(...pieces: readonly Uint8Array[]) {
  const waiting = [...pieces];
  const seen = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = waiting.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { response: new Response(body), seen };
}

test("a short answer is read whole, a character cut between two pieces too", async () => {
  const bytes = new TextEncoder().encode("grün €");
  const { response } = answer(bytes.subarray(0, 3), bytes.subarray(3, 7), bytes.subarray(7));
  expect(await boundedText(response)).toBe("grün €");
  expect(await boundedText(new Response(null))).toBe("");
});

test("one that is too long is given up, and its source told so", async () => {
  const { response, seen } = answer(new Uint8Array(600), new Uint8Array(600), new Uint8Array(600));
  await expect(boundedText(response, 1000)).rejects.toThrow("the answer is over 1000 bytes");
  expect(seen.cancelled).toBe(true);
});

test("one of exactly as many bytes is not too long", async () => {
  expect((await boundedText(answer(new Uint8Array(1000)).response, 1000)).length).toBe(1000);
});
