// components.mjs <folder> <package ...>
// Prints what tools/sbom.ts wants to know of the files in a folder, as JSON: from which of the Debian packages each
// is, and where its source is.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

// As the copyright files of their packages have them.
const LICENCES = {
  glibc: "LGPL-2.1-or-later",
  gcc: "GPL-3.0-or-later WITH GCC-exception-3.1",
};

// Where a distribution shows the source of a version.
const SOURCES = {
  debian: (name, version) =>
    `https://sources.debian.org/src/${name}/${version}/`,
  ubuntu: (name, version) =>
    `https://launchpad.net/ubuntu/+source/${name}/${version}`,
};

const [, distribution] = /^ID="?(\w+)/m.exec(
  readFileSync("/etc/os-release", "utf8"),
);
if (SOURCES[distribution] === undefined) {
  console.error(`It is not known where ${distribution} has its sources`);
  process.exit(1);
}

const [folder, ...packages] = process.argv.slice(2);

function query(name) {
  const format =
    "${Package}\\t${Version}\\t${source:Package}\\t${source:Version}\\t${Architecture}";
  const [pkg, version, source, sourceVersion, architecture] = execFileSync(
    "dpkg-query",
    ["-W", "-f", format, name],
    { encoding: "utf8" },
  ).split("\t");
  const files = execFileSync("dpkg-query", ["-L", name], { encoding: "utf8" })
    .split("\n").map((path) => path.split("/").at(-1));
  return { pkg, version, source, sourceVersion, architecture, files };
}

const known = packages.map(query);
const components = readdirSync(folder).sort().map((file) => {
  const owner = known.find(({ files }) => files.includes(file));
  const version = encodeURIComponent(owner.sourceVersion);
  return {
    name: `${owner.pkg}: ${file}`,
    version: owner.version,
    licence: LICENCES[owner.pkg.startsWith("libgcc") ? "gcc" : "glibc"],
    source: SOURCES[distribution](owner.source, version),
    sha256: createHash("sha256").update(readFileSync(`${folder}/${file}`))
      .digest("hex"),
    purl: `pkg:deb/${distribution}/${owner.pkg}@${
      encodeURIComponent(owner.version)
    }?arch=${owner.architecture}#${file}`,
  };
});
console.log(JSON.stringify(components, null, 2));
