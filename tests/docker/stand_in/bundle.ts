/** A bundle of stand-ins, for tests. */
import { PROJECT } from "../../support/build.ts";

const HERE = `${PROJECT}/tests/docker/stand_in`;

/** Makes a directory with all programs of a bundle, its shim being honest. */
export function makeBundle(directory: string): void {
  Deno.mkdirSync(directory);
  for (const name of ["docker", "dockerd"]) {
    const deno = `'${Deno.execPath()}' run -A --quiet --no-config --no-lock`;
    write(
      `${directory}/${name}`,
      `#!/bin/sh\nNO_COLOR=1 exec ${deno} '${HERE}/${name}.ts' "$@"\n`,
    );
  }
  makeShim(`${directory}/docker-containerd-shim`, ":");
  const others = ["containerd", "containerd-ctr", "init", "proxy", "runc"];
  for (const name of others) {
    write(`${directory}/docker-${name}`, "#!/bin/sh\nexit 1\n");
  }
}

/** Makes a shim that runs this line of shell first. */
export function makeShim(path: string, line: string): void {
  const honest = Deno.readTextFileSync(`${HERE}/shim.sh`);
  write(path, honest.replace('cd "$2"\n', `cd "$2"\n${line}\n`));
}

function write(path: string, text: string): void {
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, 0o755);
}
