import assert from "node:assert/strict";
import { posix } from "node:path";
import { PROJECT } from "../support/build.ts";
import { citedLinks, citedPaths, citedTargets } from "../support/cited.ts";
import { isThere } from "../support/look.ts";

const DOCUMENTS = [
  "README.md",
  "SECURITY.md",
  ...[...Deno.readDirSync(`${PROJECT}/docs`)].map(({ name }) => `docs/${name}`)
    .filter((name) => name.endsWith(".md")).sort(),
];

function sources(directory: string): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? sources(`${directory}/${name}`) : [`${directory}/${name}`]
  );
}

const SOURCES = ["src", "ffi", "tests", "tools"]
  .flatMap((room) => sources(`${PROJECT}/${room}`));

/** From the top, or the end of a source's path: `life/init.ts`, `relay.ts`. */
function isPath(cited: string): boolean {
  return isThere(`${PROJECT}/${cited}`) ||
    SOURCES.some((path) => path.endsWith(`/${cited}`));
}

const TARGETS = new Set(
  [
    ...Deno.readTextFileSync(`${PROJECT}/Makefile`).matchAll(
      /^([\w-]+):(?!=)/gm,
    ),
  ]
    .map(([_, name]) => name),
);

for (const document of DOCUMENTS) {
  Deno.test(`${document}: every path, link and target of make in it exists`, () => {
    const text = Deno.readTextFileSync(`${PROJECT}/${document}`);
    const paths = citedPaths(text);
    const links = citedLinks(text);
    const targets = citedTargets(text);
    if (/`(src|ffi|tests|tools)\//.test(text)) assert.ok(paths.length > 0);
    if (/\]\((docs|\.\.)\//.test(text)) assert.ok(links.length > 0);
    if (/^make |`make /m.test(text)) assert.ok(targets.length > 0);
    const here = posix.dirname(`${PROJECT}/${document}`);
    assert.deepEqual({
      paths: paths.filter((path) => !isPath(path)),
      links: links.filter((link) => !isThere(`${here}/${link}`)),
      targets: targets.filter((target) => !TARGETS.has(target)),
    }, { paths: [], links: [], targets: [] });
  });
}

Deno.test("what the documents cite is found where there is something", () => {
  const text = (name: string) => Deno.readTextFileSync(`${PROJECT}/${name}`);
  assert.ok(
    citedPaths(text("README.md")).includes("tests/hosts/limits_test.ts"),
  );
  assert.ok(citedTargets(text("README.md")).includes("test-old-kernel"));
  assert.ok(citedLinks(text("README.md")).includes("docs/building.md"));
  assert.ok(citedPaths(text("SECURITY.md")).includes("ffi/machine_code/"));
});

Deno.test("paths, links and targets are told from other words", () => {
  const markdown = "| it `log.json` | `tests/a_test.ts`, `make one-two` |\n\n" +
    "See `relay.ts` [in](docs/a.md#b), [far](https://a.b/c), [here](#d);\n" +
    "they make sense: `make V=1 three`.\n\n" +
    "```sh\nsudo make four P=/x && ls  # make nothing\nsrc/no\n```\n";
  assert.deepEqual(citedPaths(markdown), ["tests/a_test.ts", "relay.ts"]);
  assert.deepEqual(citedLinks(markdown), ["docs/a.md"]);
  assert.deepEqual(citedTargets(markdown), ["one-two", "three", "four"]);
});
