import { crc32 } from "node:zlib";

/** The headers of one message of an AWS event stream, in their order; all are texts. */
export type EventHeaders = Readonly<Record<string, string>>;

const stringType = 7;
const preludeLength = 8;

/**
 * One message of an AWS event stream (`application/vnd.amazon.eventstream`): total length, length of the headers, the CRC32 of
 * both, headers, payload, the CRC32 of all before it. Numbers are big-endian.
 */
export function binaryMessage(headers: EventHeaders, payload: string | Uint8Array): Uint8Array {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
  const body = Buffer.from(payload as string);
  const prelude = Buffer.alloc(preludeLength);
  prelude.writeUInt32BE(preludeLength + 4 + head.length + body.length + 4, 0);
  prelude.writeUInt32BE(head.length, 4);
  const message = Buffer.concat([prelude, checksumOf(prelude), head, body]);
  return Buffer.concat([message, checksumOf(message)]);
}

/** An event of a stream, as Bedrock writes it. */
export const eventMessage = (type: string, payload: object): Uint8Array =>
  binaryMessage({ ":event-type": type, ":content-type": "application/json", ":message-type": "event" }, JSON.stringify(payload));

/** An error that is part of the service's model. */
export const exceptionMessage = (type: string, payload: object): Uint8Array =>
  binaryMessage({ ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" }, JSON.stringify(payload));

function headerBytes(name: string, value: string): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.alloc(3);
  length.writeUInt8(stringType, 0);
  length.writeUInt16BE(text.length, 1);
  return Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name), length, text]);
}

function checksumOf(bytes: Uint8Array): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes), 0);
  return checksum;
}
