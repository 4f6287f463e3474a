/** How the encoder begins what the model said; within a text its quotes would be escaped. */
const said = Buffer.from('{"role":"assistant",');
const thought = Buffer.from('{"role":"assistant","reasoning_content":"",');

/**
 * A body of chat completions with a field for what the model thought in each message of its own. Some vendors refuse a
 * conversation with calls in it otherwise; what was thought is not theirs to have back, so that the field is empty.
 */
export function withThoughts(body: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(said); at !== -1; at = bytes.indexOf(said, from)) {
    pieces.push(bytes.subarray(from, at), thought);
    from = at + said.length;
  }
  return from === 0 ? body : Buffer.concat([...pieces, bytes.subarray(from)]);
}
