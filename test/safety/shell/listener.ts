/** Runs inside the sandbox: listens on loopback and on a unix socket, runs commands one after the other, and says which of them something connected from. */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

const patienceMs = 3000;
let connections = 0;

for (const at of [22, 25, 80, 443, 7777, 9418, "/run/socket"]) {
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.end("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  await once(typeof at === "number" ? server.listen(at, "127.0.0.1") : server.listen(at), "listening");
}
for (const port of [53, 514, 7777]) {
  const socket = createSocket("udp4", () => (connections += 1));
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
}

const commands = readFileSync("/run/report/texts", "utf8").split("\0").slice(0, -1);
const connected: boolean[] = [];
for (const command of commands) {
  connections = 0;
  const child = spawn("bash", ["--norc", "--noprofile", "-c", command], { stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await once(child, "exit");
  clearTimeout(timer);
  await wait(20);
  connected.push(connections > 0);
}
writeFileSync("/run/report/connected", JSON.stringify(connected));
process.exit(0);
