import { describeEscapes, hasWall } from "./escape-suite.ts";

const isRoot = process.getuid?.() === 0;

describeEscapes("user", isRoot ? { uid: 65_534, gid: 65_534 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }, !hasWall);
