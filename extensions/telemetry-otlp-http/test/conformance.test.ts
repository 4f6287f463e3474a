import { exporterConformance } from "@claw/testing/conformance";
import { startCollector } from "./collector.ts";
import { openExporter } from "./setting.ts";

exporterConformance({
  name: "otlp-http",
  async open(sink) {
    const collector = await startCollector(() => (sink === "silent" ? () => undefined : { status: sink === "taking" ? 200 : 500 }));
    const { exporter } = openExporter({ endpoint: collector.url });
    return {
      exporter,
      received: () =>
        collector
          .taken()
          .flatMap(({ attributes }) =>
            attributes["claw.seq"] === undefined ? [] : [{ session: String(attributes["session.id"]), seq: Number(attributes["claw.seq"]) }],
          ),
      dropped: () => collector.taken().reduce((sum, { attributes }) => sum + Number(attributes["claw.dropped_count"] ?? 0), 0),
      [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
    };
  },
});
