// Answers every request with its params; what its arguments ask for besides.
import { createInterface } from "node:readline";

const [how = ""] = process.argv.slice(2);
if (how === "prefix") process.stdout.write("server v1.0 is ready\n\n");
if (how === "bare") process.stdout.write("[1,2]\n42\nnull\n");
if (how === "long") process.stdout.write(`{"x":"${"y".repeat(200_000)}"}\n`);
if (how === "stubborn") process.on("SIGTERM", () => undefined);
if (how === "dies") {
  process.stderr.write("\u001B[31mno such\u001B[0m database\n");
  process.exit(3);
}
if (how === "environment") process.stdout.write(`${JSON.stringify({ environment: process.env, cwd: process.cwd() })}\n`);
if (how === "batch") process.stdout.write(`[{"a":1},{"b":2}]\r\n`);
for await (const line of createInterface({ input: process.stdin, crlfDelay: 0 })) {
  const { id, params } = JSON.parse(line);
  if (id !== undefined) process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: params })}\n`);
}
if (how === "stubborn") setInterval(() => undefined, 1000);
