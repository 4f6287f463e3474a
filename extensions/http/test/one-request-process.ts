import { client } from "./loopback.ts";

// A process of its own, because Node reads some of its environment only when it starts: makes one request and prints how it went.
const [url = "", network = "{}"] = process.argv.slice(2);
using http = client({ environment: process.env, ...(JSON.parse(network) as object) });
try {
  console.log(await (await http.fetch(url)).text());
} catch (error) {
  console.log((error as Error).message);
}
