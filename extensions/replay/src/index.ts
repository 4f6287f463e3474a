import { realpath } from "node:fs/promises";
import { CassetteService, HostService, defineExtension, type Cassette, type ModelRequest } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { both, off } from "./idle-cassettes.ts";
import { normalForm } from "./normal-form.ts";
import { placesOf, type Places } from "./places.ts";
import { Player } from "./player.ts";
import { Recorder } from "./recorder.ts";
import { withoutSecrets } from "./secrets.ts";

/** Records what models say, or says it again. */
export default defineExtension<Contract>((claw) => {
  const { environment, folders, version } = claw.use(HostService);
  const { record, replay } = claw.config;
  const secrets = withoutSecrets(environment);
  const temporary = [environment["TMPDIR"] ?? "/tmp", "/tmp", "/var/tmp", "/private/tmp"];
  const parts = {
    places: (request: ModelRequest) => placesOf(request, { home: folders.home, state: folders.state, realpath }),
    normal: (request: ModelRequest, places: Places) => normalForm(places, temporary, secrets)(request),
  };
  const cassette = (): Cassette => {
    if (record !== undefined && replay !== undefined) return both;
    if (replay !== undefined) return new Player({ ...parts, path: replay });
    return record === undefined ? off : claw.own(new Recorder({ ...parts, path: record, claw: version, secrets }));
  };

  claw.provide(CassetteService, cassette());
});
