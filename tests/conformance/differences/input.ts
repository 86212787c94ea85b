/** process.json and the command line. */
import type { Reason } from "../reason.ts";
import { becomes, isAbsent, livesAndEnds, notStarted } from "./matchers.ts";

export const input: readonly Reason[] = [
  {
    key: "both capabilities",
    better: true,
    why:
      "Daemons up to 0.2.8 write `capabilities` as a list, later ones as an object, and each upstream " +
      "shim refuses the other form. Ours takes both: it serves daemons of both ages.",
    places: [{
      scenarios: /pj_type_capabilities__(CAP_KILL|bounding_CAP_KILL)/,
      facts: livesAndEnds,
    }],
  },
  {
    key: "checked types",
    better: false,
    why:
      "Shims before 0.2.5 do not know these keys and start. Ours checks them in every process.json and " +
      "refuses a wrong one; no daemon writes them wrong.",
    places: [{
      scenarios:
        /pj_type_user__username_3|pj_type_consoleSize__(height_1|empty)/,
      columns: /0\.2\.[23]/,
      facts: notStarted,
    }],
  },
  {
    key: "says what it is",
    better: true,
    why:
      "`--help`, `--version` and too few arguments say what the program is and how it is called; " +
      "upstream prints an empty usage or nothing. Outside of a state directory no log is left behind.",
    places: [{
      scenarios: /cli_(h|help|help1|version)/,
      facts: {
        "shim_stdout": ({ upstream, ours }) => upstream === "" && ours !== "",
        "shim_stderr": ({ upstream, ours }) => upstream !== "" && ours === "",
        // With its original toolchain upstream's --help ends with 2, too.
        "shim_exit": becomes(2, 0),
      },
    }, {
      scenarios: /cli_(none|one|two|no_state)/,
      facts: {
        "shim_stderr": ({ upstream, ours }) => upstream === "" && ours !== "",
      },
    }, {
      scenarios: /cli_no_state/,
      facts: { "files/shim-log\\.json": isAbsent },
    }],
  },
];
