import { Enums, Models, SPDX } from "@cyclonedx/cyclonedx-library";

/** What the bill says of one part. */
export interface Part {
  kind: "application" | "platform" | "library";
  name: string;
  version: string;
  /** An SPDX identifier or expression. */
  licence: string;
  purl?: string;
  description?: string;
  hash?: [algorithm: "SHA-256" | "SHA-512", hex: string];
  /** Where its source is. */
  source?: string;
}

const KINDS = {
  application: Enums.ComponentType.Application,
  platform: Enums.ComponentType.Platform,
  library: Enums.ComponentType.Library,
};

export function componentOf(part: Part): Models.Component {
  const { kind, name, version, licence, purl, description, hash, source } =
    part;
  return new Models.Component(KINDS[kind], name, {
    // The library's own would be random, and each bill another.
    bomRef: purl ?? `${name}@${version}`,
    version,
    purl,
    description,
    licenses: new Models.LicenseRepository([
      SPDX.isSupportedSpdxId(licence)
        ? new Models.SpdxLicense(licence)
        : new Models.LicenseExpression(licence),
    ]),
    hashes: new Models.HashDictionary(
      hash === undefined ? [] : [[Enums.HashAlgorithm[hash[0]], hash[1]]],
    ),
    externalReferences: new Models.ExternalReferenceRepository(
      source === undefined ? [] : [
        new Models.ExternalReference(
          source,
          Enums.ExternalReferenceType.SourceDistribution,
        ),
      ],
    ),
  });
}
