import { compiled, PROJECT } from "../support/build.ts";
import { encodePairs } from "../support/pairs.ts";
import { run } from "../tools/run.ts";

/** The flags that `make` builds in. */
const V8_FLAGS = Deno.env.get("V8_FLAGS") ?? "--single-threaded --expose-gc";

export interface Built {
  /** The version, `CLI` behind it when it is not a compiled program. */
  engine: string;
  compiled: boolean;
  shim: string;
  /** In the environment of what compiles programs to compare with. */
  env: Record<string, string>;
}

/**
 * Builds the shim with an engine.
 *
 * @throws {Error} with the words of tools/build
 */
export async function buildWith(engine: string): Promise<Built> {
  const directory = `${PROJECT}/build/engines/${engine.replace(" ", "-")}`;
  const shim = `${directory}/docker-containerd-shim`;
  const env = { ENGINE: engine, V8_FLAGS };
  if (!engine.endsWith(" CLI")) {
    await run(`${PROJECT}/tools/build`, [shim], env);
    return { engine, compiled: true, shim, env: { ENGINE: engine } };
  }
  const bundle = `${directory}/docker-containerd-shim.js`;
  await run(`${PROJECT}/tools/bundle`, [bundle]);
  const deno = await run(`${PROJECT}/tools/deno`, [
    "eval",
    "console.log(Deno.execPath())",
  ]);
  // Under the executable's name, which is that of the process.
  const program = `${directory}/deno/docker-containerd-shim`;
  Deno.mkdirSync(`${directory}/deno`, { recursive: true });
  await run("cp", ["-f", "--link", deno.trim(), program]);
  const config = `${directory}/elsewhere`;
  // Copies of it work too.
  const compiler = ["gcc", "-static", `-DCONFIG="${config}"`];
  Deno.copyFileSync(compiled("hosts/elsewhere.c", ...compiler), shim);
  const flags = [
    ...["run", "--quiet", "--no-config", "--no-lock", "--no-code-cache"],
    ...["--no-remote", "--no-npm", "-A"],
    `--v8-flags=${V8_FLAGS.replaceAll(" ", ",")}`,
    bundle,
  ];
  Deno.writeFileSync(
    config,
    encodePairs([
      ["program", program],
      ...flags.map((flag) => ["arg", flag] as const),
    ]),
  );
  return { engine, compiled: false, shim, env: {} };
}
