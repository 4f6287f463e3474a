import { createHash, sign, type KeyObject } from "node:crypto";

/** What a certificate of this test's authority says. */
export interface Certificate {
  readonly names: readonly Name[];
  /** Object identifier to the bytes in the extension's OCTET STRING; a list, because a forger may state one twice. */
  readonly extensions: readonly (readonly [oid: string, value: Uint8Array])[];
}

export interface Name {
  readonly type: "uri" | "email" | "dns";
  readonly value: string;
}

export interface Issuer {
  readonly name: Buffer;
  readonly key: KeyObject;
}

/** The smallest DER: a tag, a length and what is in it. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

export const utf8String = (text: string): Buffer => der(0x0c, Buffer.from(text));

function oidOf(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const bytes = others.flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

const timeOf = (date: Date): Buffer => der(0x17, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`));
const extensionOf = ([oid, value]: readonly [string, Uint8Array]): Buffer => der(0x30, oidOf(oid), der(0x04, value));
const nameTags = { email: 0x81, dns: 0x82, uri: 0x86 } as const;
const algorithm = der(0x30, oidOf("1.2.840.10045.4.3.2"));

/** A certificate for ten minutes, signed with ECDSA over SHA-256. `sct` is what a log said of it before. */
export function forgeCertificate(issuer: Issuer, publicKey: Uint8Array, { names, extensions }: Certificate, start: Date, sct?: Uint8Array): Buffer {
  const all = [
    ["2.5.29.15", Buffer.from([0x03, 0x02, 0x07, 0x80])] as const,
    ["2.5.29.17", der(0x30, ...names.map(({ type, value }) => der(nameTags[type], Buffer.from(value, "latin1"))))] as const,
    ...extensions,
    ...(sct === undefined ? [] : [["1.3.6.1.4.1.11129.2.4.2", der(0x04, listOf(sct))] as const]),
  ];
  const toBeSigned = der(
    0x30,
    Buffer.from([0xa0, 0x03, 0x02, 0x01, 0x02]),
    der(0x02, Buffer.from([0x01, 0x23])),
    algorithm,
    issuer.name,
    der(0x30, timeOf(start), timeOf(new Date(start.getTime() + 600_000))),
    der(0x30),
    publicKey,
    der(0xa3, der(0x30, ...all.map(extensionOf))),
  );
  return der(0x30, toBeSigned, algorithm, der(0x03, Buffer.from([0]), sign("sha256", toBeSigned, issuer.key)));
}

/** A list of one SCT, which brings its own length: the length of the list before it. */
function listOf(sct: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sct.length);
  return Buffer.concat([length, sct]);
}

export const digestOf = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
