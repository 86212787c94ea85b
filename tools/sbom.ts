/**
 * Prints a bill of materials (CycloneDX, JSON) of an executable that
 * tools/build made: the engine, every package with a module in the bundle, and
 * what is delivered with it. It is valid, or it is not printed: CycloneDX's own
 * validator has a look, for which deno.json names ajv and its lists of formats.
 */
import "./sbom/no_deprecation.ts";
import {
  Models,
  Serialize,
  Spec,
  Validation,
} from "@cyclonedx/cyclonedx-library";
import { existing } from "../tests/support/option_values.ts";
import { optionsOf } from "../tests/support/options.ts";
import CONFIG from "../deno.json" with { type: "json" };
import { componentOf } from "./sbom/component.ts";
import { engineOf } from "./sbom/engine.ts";
import { extraParts } from "./sbom/extra.ts";
import { packagesIn } from "./sbom/packages.ts";

const USAGE = `Usage: sbom.ts [--components FILE] EXECUTABLE

EXECUTABLE.modules has to be beside it: tools/build writes it.

  --components FILE   what is delivered with the executable: a JSON array of
                      objects with name, version, licence (SPDX), source (URL
                      of the source package), sha256, and perhaps purl
  --help`;

async function bill(executable: string, extra: string): Promise<string> {
  const bytes = Deno.readFileSync(executable);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const modules = Deno.readTextFileSync(`${executable}.modules`).split("\n");

  const bom = new Models.Bom();
  const application = componentOf({
    kind: "application",
    name: "docker-containerd-shim",
    version: CONFIG.version,
    licence: "Apache-2.0",
    hash: ["SHA-256", hash.toHex()],
  });
  bom.metadata.component = application;
  const parts = [engineOf(bytes), ...packagesIn(modules), ...extraParts(extra)];
  for (const component of parts.map(componentOf)) {
    bom.components.add(component);
    application.dependencies.add(component.bomRef);
  }
  const { Factory } = Serialize.JSON.Normalize;
  return new Serialize.JsonSerializer(new Factory(Spec.Spec1dot6))
    .serialize(bom, { sortLists: true, space: 2 });
}

const { components, operands: [executable] } = optionsOf(
  USAGE,
  { components: existing },
  ["EXECUTABLE"],
);
const extra = components === undefined
  ? "[]"
  : Deno.readTextFileSync(components);
try {
  const text = await bill(executable, extra);
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  const faults = await validator.validate(text);
  if (faults !== null) {
    throw new Error(`The bill is not valid: ${JSON.stringify(faults)}`);
  }
  console.log(text);
} catch (error) {
  console.error(`sbom: ${(error as Error).message}`);
  Deno.exit(1);
}
