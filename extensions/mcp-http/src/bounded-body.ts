/** Fails at the first byte over the limit. */
export function boundedText(maxBytes: number, tooLong: () => Error): TransformStream<Uint8Array, Uint8Array> {
  let length = 0;
  return new TransformStream({
    transform(bytes, controller) {
      length += bytes.length;
      if (length > maxBytes) controller.error(tooLong());
      else controller.enqueue(bytes);
    },
  });
}

const [LF, CR] = [0x0a, 0x0d];

/** Fails at the first event over the limit; a stream of events may go on for ever. An event ends with an empty line. */
export function boundedEvents(maxBytes: number, tooLong: () => Error): TransformStream<Uint8Array, Uint8Array> {
  let length = 0;
  let isLineEmpty = true;
  let last = 0;
  return new TransformStream({
    transform(bytes, controller) {
      for (const byte of bytes) {
        length += 1;
        // CRLF is one end of a line.
        if (byte === CR || (byte === LF && last !== CR)) {
          if (isLineEmpty) length = 0;
          isLineEmpty = true;
        } else if (byte !== LF) isLineEmpty = false;
        last = byte;
        if (length > maxBytes) return controller.error(tooLong());
      }
      controller.enqueue(bytes);
    },
  });
}
