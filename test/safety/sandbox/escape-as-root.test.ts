import { describeEscapes, hasWall } from "./escape-suite.ts";

describeEscapes("root", { uid: 0, gid: 0 }, !hasWall || process.getuid?.() !== 0);
