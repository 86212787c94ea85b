import { O_RDONLY } from "../../../ffi/constants.ts";
import { Fd, open } from "../../../ffi/fd.ts";
import { receiveFds } from "../../../ffi/unix_socket.ts";
import { openFds } from "../processes.ts";
import { send, socketPair } from "../sockets.ts";

/** Prints what arrives of three descriptors where there is room for one. */
const setrlimit = Deno.dlopen("libc.so.6", {
  // int setrlimit(int resource, const struct rlimit *rlim);
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
}).symbols.setrlimit;
const RLIMIT_NOFILE = 7;

const [ours, theirs] = socketPair();
const file = open("/dev/null", O_RDONLY, '"/dev/null"');
send(theirs, new Uint8Array(1), [file.raw, file.raw, file.raw]);

const before = openFds(Deno.pid);
const taken = new Set(before.map(({ fd }) => fd));
let lowestFree = 0;
while (taken.has(lowestFree)) lowestFree++;
const limit = BigInt(lowestFree + 1);
setrlimit(RLIMIT_NOFILE, new BigUint64Array([limit, 4096n]));
const { bytes, fds, truncated } = receiveFds(new Fd(ours))!;
setrlimit(RLIMIT_NOFILE, new BigUint64Array([4096n, 4096n]));

const received = fds.length;
for (const fd of fds) fd.close();
const leaked = openFds(Deno.pid).length - before.length;
console.log(JSON.stringify({ received, truncated, bytes, leaked }));
