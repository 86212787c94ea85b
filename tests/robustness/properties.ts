import { consoleProperties } from "./console_properties.ts";
import { executableProperties } from "./executable_properties.ts";
import type { FuzzProperty } from "./fuzz_property.ts";
import { parserProperties } from "./parser_properties.ts";
import { relayProperties } from "./relay_properties.ts";
import { streamProperties } from "./stream_properties.ts";

/** Everything that has to hold, whatever comes in. */
export const PROPERTIES: readonly FuzzProperty[] = [
  ...streamProperties,
  ...relayProperties,
  ...parserProperties,
  ...consoleProperties,
  ...executableProperties,
];
