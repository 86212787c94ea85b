import { O_RDONLY } from "../../../ffi/constants.ts";
import { Fd, open } from "../../../ffi/fd.ts";
import { receiveFds } from "../../../ffi/unix_socket.ts";
import { fdsNow } from "../own_files.ts";
import { send, socketPair } from "../sockets.ts";
import { leakedSince, withRoomFor } from "./stage.ts";

/** Prints what arrives of three descriptors where there is room for one. */
const [ours, theirs] = socketPair();
const file = open("/dev/null", ["read"], '"/dev/null"');
send(theirs, new Uint8Array(1), [file.raw, file.raw, file.raw]);

const before = fdsNow();
const { bytes, fds, truncated } = withRoomFor(
  1,
  () => receiveFds(new Fd(ours))!,
);

const received = fds.length;
for (const fd of fds) fd.close();
const leaked = leakedSince(before);
console.log(JSON.stringify({ received, truncated, bytes, leaked }));
