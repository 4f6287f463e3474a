/** Reads a stream to its end and does nothing with it. Arguments: base URL. */
const [base = ""] = process.argv.slice(2);
const response = await fetch(`${base}/v1/messages`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
let bytes = 0;
for await (const chunk of response.body ?? []) bytes += chunk.length;
process.stdout.write(`${bytes}\n`);
