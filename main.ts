import { exitNow } from "./ffi/process.ts";
import { parseCommand } from "./src/args.ts";
import { runDiagnosis } from "./src/diagnostics.ts";
import { runAsShim, runIncomplete } from "./src/run.ts";
import { usage } from "./src/usage.ts";

const NAME = "docker-containerd-shim";

const command = parseCommand(Deno.args);
switch (command.kind) {
  case "run":
    exitNow(runAsShim(command));
    break;
  case "incomplete":
    console.error(usage(NAME));
    exitNow(runIncomplete(command.given));
    break;
  case "help":
    console.log(usage(NAME));
    break;
  case "bad-flag":
    console.error(`${command.message}\n${usage(NAME)}`);
    exitNow(2);
    break;
  default:
    exitNow(await runDiagnosis(command, NAME));
}
