/**
 * Holds the rooms of src/ to their order: a file imports from its own room and from rooms before it, no files
 * import each other in a circle, and no folder has more files than one can overlook. Prints each fault.
 */
const ORDER = [
  ["ffi"],
  ["src/json", "src/words"],
  ["src/loop"],
  ["src/processes"],
  ["src/daemon"],
  ["src/streams", "src/runtime"],
  ["src/life"],
  ["src/inspect", "src/check"],
  ["src"],
  ["."],
];
const MOST_FILES = { "src": 6, other: 12 };

type Module = {
  specifier: string;
  dependencies?: {
    code?: { specifier: string };
    type?: { specifier: string };
  }[];
};

const root = new URL("../", import.meta.url).href;
const info = await new Deno.Command("tools/deno", {
  args: ["info", "--quiet", "--json", "main.ts"],
  cwd: new URL(root),
  stdout: "piped",
}).output();
const modules: Module[] =
  JSON.parse(new TextDecoder().decode(info.stdout)).modules;

const nameOf = (specifier: string) =>
  specifier.startsWith(root) ? specifier.slice(root.length) : undefined;
const roomOf = (name: string) =>
  name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : ".";
const rankOf = (name: string) =>
  ORDER.findIndex((rooms) => rooms.includes(roomOf(name)));

const imports = new Map<string, string[]>();
for (const { specifier, dependencies = [] } of modules) {
  const name = nameOf(specifier);
  // What the closed network has in the place of a package is no room of this house.
  if (name === undefined || !/^(main\.ts|src\/|ffi\/)/.test(name)) continue;
  const imported = dependencies.flatMap(({ code, type }) =>
    nameOf((code ?? type)?.specifier ?? "") ?? []
  );
  imports.set(name, imported.filter((other) => /^(src|ffi)\//.test(other)));
}

const faults: string[] = [];
for (const [name, imported] of imports) {
  if (rankOf(name) < 0) {
    faults.push(
      `${name}: its folder is not in the order of rooms (tools/rooms.ts)`,
    );
  }
  for (const other of imported) {
    if (roomOf(other) !== roomOf(name) && rankOf(other) >= rankOf(name)) {
      faults.push(
        `${name} imports ${other}: ${roomOf(name)} comes before ${
          roomOf(other)
        }`,
      );
    }
  }
}

const done = new Set<string>();
function followed(name: string, way: readonly string[]): void {
  if (way.includes(name)) {
    faults.push(
      `a circle: ${[...way.slice(way.indexOf(name)), name].join(" → ")}`,
    );
  } else if (!done.has(name)) {
    for (const other of imports.get(name) ?? []) {
      followed(other, [...way, name]);
    }
  }
  done.add(name);
}
for (const name of imports.keys()) followed(name, []);

const files = Map.groupBy(imports.keys(), roomOf);
for (const [room, names] of files) {
  const most = room === "src" ? MOST_FILES.src : MOST_FILES.other;
  if (room !== "ffi" && names.length > most) {
    faults.push(`${room} has ${names.length} files, at most ${most}`);
  }
}

if (imports.size === 0) faults.push("found no file of this project");
for (const fault of faults) console.error(fault);
Deno.exit(faults.length > 0 ? 1 : 0);
