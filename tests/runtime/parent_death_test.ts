import assert from "node:assert/strict";
import { findExecutable } from "../../src/runtime/executable.ts";
import {
  findSetpriv,
  withParentDeathSignal,
} from "../../src/runtime/parent_death.ts";
import {
  fdsNow,
  TempDir,
  until,
  Variable,
  WorkingDirectory,
} from "../support/own_files.ts";
import { factsOf } from "../support/own_process.ts";
import { process } from "../support/processes.ts";

const SETPRIV = ["setpriv", "--pdeathsig", "KILL", "--"];
// util-linux is essential on Debian, but the shim runs without it too.
const withSetpriv = { ignore: findSetpriv() === undefined };

Deno.test(
  "findSetpriv() is a program that lists --pdeathsig",
  withSetpriv,
  async () => {
    const { stdout } = await new Deno.Command(findSetpriv()!, {
      args: ["--help"],
    }).output();
    assert.match(new TextDecoder().decode(stdout), /--pdeathsig/);
  },
);

Deno.test(
  "withParentDeathSignal() puts setpriv before a program",
  withSetpriv,
  () => {
    const argv = ["/bin/sleep", "60"];
    const before = fdsNow();
    assert.deepEqual(withParentDeathSignal("/bin/sleep", argv), {
      path: findSetpriv(),
      argv: [...SETPRIV, ...argv],
    });
    assert.deepEqual(fdsNow(), before);
  },
);

Deno.test(
  "withParentDeathSignal() puts setpriv before a script of a program",
  withSetpriv,
  () => {
    using dir = new TempDir();
    const heads = [
      "#!/bin/sh\n",
      "#! /bin/sh -e\n",
      "#!\t/bin/sh",
      "#!/usr/bin/env sh\n",
    ];
    for (const head of heads) {
      const path = dir.file("script", head, 0o755);
      const program = withParentDeathSignal(path, [path]);
      assert.equal(program.path, findSetpriv(), JSON.stringify(head));
    }
  },
);

Deno.test("withParentDeathSignal() leaves to posix_spawn what execve(2) would refuse", () => {
  using dir = new TempDir();
  const cases = {
    "a missing file": dir.at("missing"),
    "a directory": dir.path,
    "a file without the right": dir.file("text", "#!/bin/sh\n", 0o644),
    "an empty file": dir.file("empty", "", 0o755),
    "a text": dir.file("words", "echo hello\n", 0o755),
    "a script of nothing": dir.file("none", "#!\n/bin/sh\n", 0o755),
    "a script of a missing program": dir.file("no", "#!/no/such\n", 0o755),
    "a script of a directory": dir.file("dir", "#!/usr\n", 0o755),
    "half a magic number": dir.file("elf", "\x7fEL", 0o755),
  };
  const before = fdsNow();
  for (const [what, path] of Object.entries(cases)) {
    const argv = [path, "create"];
    assert.deepEqual(withParentDeathSignal(path, argv), { path, argv }, what);
  }
  assert.deepEqual(fdsNow(), before);
});

Deno.test(
  "withParentDeathSignal(): the program has its own name and arguments",
  withSetpriv,
  async () => {
    using dir = new TempDir();
    const path = dir.file("script", '#!/bin/sh\nprintf "%s|" "$0" "$@"', 0o755);
    const argv = [path, "--log", "a b", "", "--"];
    const program = withParentDeathSignal(path, argv);
    const { stdout } = await new Deno.Command(program.path, {
      args: program.argv.slice(1),
    }).output();
    assert.equal(new TextDecoder().decode(stdout), argv.join("|") + "|");
  },
);

Deno.test(
  "withParentDeathSignal(): a bare name is what findExecutable() found, also with a relative PATH entry",
  withSetpriv,
  async () => {
    using dir = new TempDir();
    for (const place of ["bundle", "bundle/bin", "system"]) {
      Deno.mkdirSync(dir.at(place));
    }
    dir.file("system/runtime", "#!/bin/sh\necho system\n", 0o755);
    dir.file("bundle/bin/runtime", "#!/bin/sh\necho bundle\n", 0o755);
    dir.file("bundle/runtime", "#!/bin/sh\necho bundle\n", 0o755);
    using _here = new WorkingDirectory(dir.at("bundle"));
    for (const relative of ["bin", ".", ""]) {
      using _path = new Variable(
        "PATH",
        `${relative}:${dir.at("system")}:/bin`,
      );
      const found = findExecutable("runtime");
      assert.equal(found, dir.at("system/runtime"));
      const program = withParentDeathSignal(found, ["runtime"]);
      const { stdout } = await new Deno.Command(program.path, {
        args: program.argv.slice(1),
      }).output();
      assert.equal(
        new TextDecoder().decode(stdout),
        "system\n",
        `PATH entry "${relative}"`,
      );
    }
  },
);

Deno.test(
  "withParentDeathSignal(): the program dies with its parent, without it it does not",
  withSetpriv,
  async () => {
    for (const wrapped of [true, false]) {
      const { child } = await factsOf<{ child: number }>("parent", [
        String(wrapped),
      ]);
      if (wrapped) {
        await until(
          () => [undefined, "Z"].includes(process(child)?.state),
          "the child is killed",
        );
      } else {
        assert.equal(process(child)?.comm, "sleep");
        Deno.kill(child, "SIGKILL");
      }
    }
  },
);
