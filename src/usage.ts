/**
 * The text for `--help`, and for those who start the shim by hand.
 *
 * @param program what the program was called as
 */
export function usage(program: string): string {
  return `\
Usage: ${program} <id> <bundle> <runtime>

Stands between containerd 0.2.x (Docker 1.11 to 17.06) and the OCI runtime, once
for each container process: starts it through the runtime, holds its standard
streams or its terminal (also while the daemon restarts), reaps it and records
how it ended.

containerd starts this program; it is not meant to be started by hand.

  <id>       the container's id
  <bundle>   the directory that holds its config.json
  <runtime>  the OCI runtime, as a path or as a name to look up in PATH

The working directory must be the state directory of the process. The daemon
puts process.json and the FIFOs "exit" and "control" there. The shim and the
runtime add shim-log.json, log.json, pid and exitStatus.

Options:
  -h, --help   print this text
  --version    print the version

To find out what is wrong, without changing anything:
  --check [runtime]        whether this machine, and the runtime, will do
  --inspect <directory>    what the shim of a state directory does, who holds
                           its streams, and what it waits for
  --json                   with either of the two: for machines

Environment of the daemon: DOCKER_CONTAINERD_SHIM_GENERATION and
DOCKER_CONTAINERD_SHIM_SPOOL; see docker-containerd-shim(8).
`;
}
