import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { defaultShim, PROJECT } from "../support/build.ts";

interface Result {
  code: number;
  stdout: string;
  stderr: string;
  files: string[];
}

/** Runs the executable in an empty directory. */
async function call(...args: string[]): Promise<Result> {
  const cwd = await Deno.makeTempDir();
  try {
    const command = new Deno.Command(defaultShim(), {
      args,
      cwd,
      stdin: "null",
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
      files: [...Deno.readDirSync(cwd)].map(({ name }) => name),
    };
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

for (const flag of ["--help", "-help", "-h"]) {
  Deno.test(`${flag} says what the program is and how it is called`, async () => {
    const { code, stdout, stderr, files } = await call(flag);
    strictEqual(code, 0);
    match(stdout + stderr, /<id> <bundle> <runtime>/);
    deepStrictEqual(files, []);
  });
}

Deno.test("--version is the project's", async () => {
  const { version } = JSON.parse(
    await Deno.readTextFile(`${PROJECT}/deno.json`),
  );
  deepStrictEqual(await call("--version"), {
    code: 0,
    stdout: `docker-containerd-shim ${version}\n`,
    stderr: "",
    files: [],
  });
});

for (const args of [[], ["id"], ["id", "bundle"]]) {
  Deno.test(`${args.length} arguments are too few`, async () => {
    const { code, stderr } = await call(...args);
    strictEqual(code, 1);
    match(stderr, /<id> <bundle> <runtime>/);
  });
}
