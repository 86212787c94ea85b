/**
 * The whole program against a bundle of stand-ins: a dockerd, a docker command
 * and shims that do what the steps need. It cannot show that our shim gets on
 * with a real dockerd, but that the program would tell. The steps themselves
 * are played in docker_slow_test.ts.
 */
import assert from "node:assert/strict";
import { Place, rowOf } from "./stand_in/place.ts";

Deno.test("what no value is wanted for still has to be the same", async () => {
  using place = new Place();
  const line = "grep -q /not/there run && echo other words >>stderr";
  const args = ["--match", "^exit codes$"];
  const { code, out, err } = await place.run({ ours: line, args });
  assert.equal(code, 1, out + err);
  assert.match(out, /^exit codes: DIFFERS\n {2}words of 127\n/m);
  assert.match(out, /^ {4}ours +"other words\\n/m);
  place.isClean();
});

Deno.test("a dockerd that does not start is reported with its words", async () => {
  using place = new Place();
  const logs = `${place.directory}/logs`;
  const { code, out, err } = await place.run({
    fault: "does not start",
    args: ["--logs", logs],
  });
  assert.equal(code, 2, out + err);
  for (const side of ["theirs", "ours"]) {
    const log = Deno.readTextFileSync(`${logs}/${side}-dockerd.log`);
    assert.match(log, /^Error starting daemon/);
  }
  assert.equal(rowOf(out, "run")[3], "fails");
  assert.match(
    out,
    /^Not tried with ours: dockerd has ended, exit code 1: Error starting daemon/m,
  );
  place.isClean();
});

Deno.test("a bundle that lacks programs is refused, with their names", async () => {
  using place = new Place();
  Deno.removeSync(`${place.bundle}/docker-runc`);
  const { code, err } = await place.run({});
  assert.equal(code, 2);
  assert.match(err, /bundle" has no docker-runc\n$/);
  place.isClean();
});
