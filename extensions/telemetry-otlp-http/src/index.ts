import { Commands, Exporters, HostService, HttpService, SessionStoreService, defineExtension } from "@claw/kernel";
import { telemetryCommand } from "./command.ts";
import type { Contract } from "./contract.gen.ts";
import { destinationOf } from "./destination.ts";
import { openEncoder } from "./encoder.ts";
import { otlpExporter } from "./exporter.ts";
import { lastFailureIn } from "./last-failure.ts";
import { variablesOf } from "./variables.ts";

/** What sessions store, as log records of OpenTelemetry. Nothing is sent before somebody has said where to. */
export default defineExtension<Contract>((claw) => {
  const [host, http] = [claw.use(HostService), claw.use(HttpService)];
  const variables = variablesOf(host.environment);
  const destination = destinationOf(claw.config, variables, host.offline);
  const encoder = openEncoder({ config: claw.config, variables, host, platform: process.platform });
  const failures = lastFailureIn(host.folders.data, () => host.now());
  claw.provide(Exporters, "otlp-http", otlpExporter({ destination, encoder, http, failures, warn: (message) => claw.log.warn(message) }));
  claw.provide(Commands, "telemetry", telemetryCommand({ destination, encoder, failures, variables, store: claw.use(SessionStoreService) }));
});
