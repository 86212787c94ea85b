/** Terminals and control messages. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Reason } from "../reason.ts";
import { becomes, endsNormally, list, livesAndEnds } from "./matchers.ts";

export const terminal: readonly Reason[] = [
  {
    key: "tidy",
    better: true,
    why:
      "After a failed start upstream leaves the directory of the console socket behind. Ours removes it.",
    places: [{
      scenarios: /tty_.*|restore_tty/,
      facts: {
        "tmpdir_left": becomes(["pty<RANDOM>"], undefined),
        "left_in_long_dir": becomes(["pty<RANDOM>"], []),
      },
    }],
  },
  {
    key: "no wait for a console",
    better: true,
    why:
      "A restored container gets no terminal, so upstream waits for one for ever and the daemon never " +
      "learns that the container has ended. Ours serves it like any other.",
    places: [{ scenarios: /restore_tty/, facts: endsNormally }],
  },
  {
    key: "any TMPDIR",
    better: true,
    why:
      "With a TMPDIR that does not exist, or is too long for the path of a socket, upstream 0.2.9 " +
      "cannot start a container with a terminal. Ours makes its socket elsewhere then.",
    places: [{ scenarios: /tty_tmpdir_(missing|long)/, facts: livesAndEnds }],
  },
  {
    key: "last size wins",
    better: false,
    why:
      "Of several sizes that come before there is a terminal, ours sets the last one, at once; upstream " +
      "sets one after the other. The size in the end is the same.",
    places: [{
      scenarios: /ctl_resize_(two|five)_before_console/,
      facts: {
        "winsize_ioctls": ({ upstream, ours }) =>
          isSame(list(upstream).slice(-1), ours),
      },
    }],
  },
  {
    key: "no spinning",
    better: true,
    why:
      "A regular file in the place of `control` makes upstream use a whole processor for ever.",
    places: [{
      scenarios: /ctl_regular_file/,
      facts: { "spins": becomes(true, false) },
    }],
  },
];
