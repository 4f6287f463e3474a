/** One system call as a filter sees it: `struct seccomp_data`. */
export interface Call {
  readonly number: number;
  readonly architecture: number;
  readonly arguments?: readonly bigint[];
}

/** Runs a classic BPF program of the instructions that a filter of system calls may have; the answer that it gives. */
export function runFilter(program: Buffer, call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE(call.architecture >>> 0, 4);
  for (const [index, value] of (call.arguments ?? []).entries()) data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index);
  let accumulator = 0;
  for (let at = 0; at < program.length / 8; at += 1) {
    const [code, then, otherwise, value] = [program.readUInt16LE(at * 8), program[at * 8 + 2] ?? 0, program[at * 8 + 3] ?? 0, program.readUInt32LE(at * 8 + 4)];
    const jump = (isSo: boolean): void => void (at += isSo ? then : otherwise);
    switch (code) {
      case 0x20:
        accumulator = data.readUInt32LE(value);
        break;
      case 0x15:
        jump(accumulator === value);
        break;
      case 0x35:
        jump(accumulator >= value);
        break;
      case 0x45:
        jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return value;
      default:
        throw new RangeError(`instruction ${at} is ${code}`);
    }
  }
  throw new RangeError("the program has no end");
}
