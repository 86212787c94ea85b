/** What ffi/unix_socket.ts does where few descriptors are to be had. */
import { Fd } from "../../../ffi/fd.ts";
import { receiveFds } from "../../../ffi/unix_socket.ts";
import { fdsNow } from "../own_files.ts";
import { send, socketPair } from "../sockets.ts";
import { nothing } from "./family.ts";
import { leakedSince, play, withRoomFor } from "./stage.ts";

await play({
  /** Three descriptors arrive where there is room for one. */
  receive() {
    const [ours, theirs] = socketPair();
    send(theirs, new Uint8Array(1), [nothing.raw, nothing.raw, nothing.raw]);
    const before = fdsNow();
    const { bytes, fds, truncated } = withRoomFor(
      1,
      () => receiveFds(new Fd(ours))!,
    );
    const received = fds.length;
    for (const fd of fds) fd.close();
    return { received, truncated, bytes, leaked: leakedSince(before) };
  },
});
