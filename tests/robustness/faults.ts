/** Fails each system call of the shim in turn and says what came of it. */
import { dirname } from "@std/path/posix/dirname";
import { count, text } from "../support/option_values.ts";
import { FLAG, optionsOf } from "../support/options.ts";
import { type Campaign, runCampaign } from "./fault_campaign.ts";
import {
  asMarkdown,
  asText,
  complaint,
  counts,
  reasons,
  table,
} from "./fault_table.ts";
import { LIVES } from "./fault_lives.ts";

const USAGE = `Usage: faults.ts [options]

  --only TEXT       only lives with this in their names
  --call NAME       only this system call, as openat
  --jobs N          how many lives at once (3)
  --quick           some of the faults
  --markdown FILE   writes the table
  --help`;

const options = optionsOf(USAGE, {
  only: text,
  call: text,
  jobs: count,
  quick: FLAG,
  markdown: text,
});

const lives = LIVES.filter(({ name }) => name.includes(options.only ?? ""));
const campaign: Campaign = await runCampaign({
  lives,
  isQuick: options.quick,
  call: options.call,
  jobs: options.jobs ?? 3,
  progress: (finding) => {
    if (finding.verdict.outcome !== "broken") return;
    console.log(`BROKEN ${complaint(finding)}`);
  },
});

const { findings, seconds } = campaign;
const rows = table(findings);
const sum = counts(findings);
console.log(asText(rows));
console.log(summary());
if (options.markdown !== undefined) {
  Deno.mkdirSync(dirname(options.markdown), { recursive: true });
  Deno.writeTextFileSync(options.markdown, markdown());
}
Deno.exit(sum.broken === 0 ? 0 : 1);

function summary(): string {
  const tried = findings.length - sum.missed;
  return `${tried} faults in ${lives.length} lives, ${seconds} s: ` +
    `${sum.survived} survived, ${sum.reported} reported, ` +
    `${sum.refused} refused with a reason, ${sum.died} deaths, ` +
    `${sum.broken} broken promises` +
    (sum.missed > 0 ? ` (${sum.missed} did not come up)` : "");
}

function markdown(): string {
  return `# Faults

\`make faults\` runs the compiled shim under strace(1), once for each system call that its own code makes and each error
that the call can plausibly have, and once more with SIGKILL at that call. The lives are: ${
    lives.map(({ name }) => name).join("; ")
  }.

On ${new Date().toISOString().slice(0, 10)}: ${summary()}.

- **survived**: output, exit status and calls of the runtime are those of a life without faults
- **reported**: something is missing, the shim ends with 0, and shim-log.json says what is missing and why
- **refused**: no container; exit code 1 (or 2 when there can be no log) and the reason
- **died**: SIGKILL; the \`exit\` FIFO hangs up and no exit status is wrong
- **broken**: a hang, a wrong exit status, a container left behind, a missing reason, something left in TMPDIR, or a spin

${asMarkdown(rows)}

## What is said

${asMarkdown(reasons(findings))}
`;
}
