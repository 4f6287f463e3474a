import { isatty } from "node:tty";
import { ClawError, type CommandCall, type ResolvedModel, type ViewNode } from "@claw/kernel";
import { resolveAddress, split } from "./address.ts";
import { catalogueOf } from "./catalogue.ts";
import { voiceOf, type CommandParts } from "./command-line.ts";
import { estimated, type Finding, findings, probes } from "./probe/all.ts";
import { keepProbe, mostReason, type ProbeReport } from "./probe-file.ts";
import { hostOf } from "./recalled-models.ts";
import { backoff, type ReplyOptions } from "./retry.ts";
import { realTiming } from "./timing.ts";

export interface ProbeWish {
  readonly address: string;
  /** The person has agreed to the cost already. */
  readonly consents: boolean;
}

/**
 * `claw provider probe`: asks a model a dozen short questions and says what it can do, beside what the registry says of it. 0 if all
 * could be found out and nothing differs, otherwise 1.
 */
export async function providerProbe(call: CommandCall, { config, providers, host }: CommandParts, { address, consents }: ProbeWish): Promise<number> {
  const voice = voiceOf(call);
  const warn = (text: string): void => voice.warn(text);
  const catalogue = catalogueOf({ providers, known: config.known, host, warn });
  const model = await resolveAddress(address, { catalogue, aliases: config.aliases, standard: config.default }, call.signal);
  const { provider: name = "", id } = split(model.address);
  const provider = await providers.get(name);
  if (provider === undefined) throw new ClawError("MODEL_UNAVAILABLE", `the provider ${name} is gone`, { provider: name });
  await requireConsent(call, model, consents);

  const options: ReplyOptions = {
    policy: { ...backoff, attempts: Math.min(3, config.retries + 1), patienceMs: config.patienceMs },
    idleTimeoutMs: config.idleTimeoutMs,
    timing: realTiming,
    waits: true,
  };
  const found: Finding[] = [];
  let [requests, usd] = [0, 0];
  for await (const { costUsd, ...finding } of findings(provider, model, options, call.signal)) {
    found.push(finding);
    requests += finding.requests;
    usd += costUsd;
    if (call.json) call.emit({ type: "finding", address: model.address, ...finding });
    else voice.note(`${finding.probe}: ${finding.result} (${finding.ms} ms)`);
  }

  const where = await hostOf(provider, call.signal);
  const report: ProbeReport = {
    at: host.now().toISOString(),
    claw: host.version,
    ...(where === undefined ? {} : { host: where }),
    findings: found.map(({ probe, result, reason }) => {
      const fact = probes.find((one) => one.name === probe)?.fact;
      return { probe, result, ...(reason === undefined ? {} : { reason: reason.slice(0, mostReason) }), ...(fact === undefined ? {} : { fact }) };
    }),
  };
  await keepProbe(host.folders.cache, name, id, report, warn);
  if (!call.json) {
    call.show(findingsTable(found));
    voice.note(`${requests} requests to ${model.address}${model.info.price === undefined ? "" : `, ${dollars(usd)}`}`);
  }
  return found.some(({ result, differs }) => result === "failed" || differs) ? 1 : 0;
}

const findingsTable = (found: readonly Finding[]): ViewNode => ({
  type: "table",
  columns: ["probe", "found", "listed as", "", "why"],
  rows: found.map(({ probe, result, claimed, differs, reason }) => [
    probe,
    result,
    claimed === undefined ? "" : claimed ? "ok" : "no",
    differs ? "DIFFERS" : "",
    reason ?? "",
  ]),
});

const dollars = (usd: number): string => `${usd.toFixed(usd < 0.01 ? 4 : 2)} US dollars`;

/** Says what it will take, and asks where somebody can answer. */
async function requireConsent(call: CommandCall, model: ResolvedModel, consents: boolean): Promise<void> {
  const { requests, usd } = estimated(model);
  const cost = usd === undefined ? "what that costs is not known" : `at your cost: about ${dollars(usd)} at the most`;
  const what = `probing ${model.address} takes up to ${requests} requests, ${cost}`;
  const say = (text: string): void => call.show({ type: "status", level: "info", text });
  if (consents) return say(what);
  const fix = `claw provider probe ${model.address} --yes`;
  const canAnswer = !call.json && call.session === undefined && isatty(0) && isatty(2);
  if (!canAnswer) throw new ClawError("E_CONSENT_REQUIRED", `${what}, and nobody has agreed to it`, { what }, { fix });
  say(`${what}; go on? [y/N]`);
  for await (const line of call.input) {
    if (/^\s*y(es)?\s*$/i.test(Buffer.from(line).toString("utf8"))) return;
    break;
  }
  throw new ClawError("E_CONSENT_REQUIRED", `${model.address} was not probed`, { what }, { fix });
}
