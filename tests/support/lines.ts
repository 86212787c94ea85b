import { TextLineStream } from "@std/streams/text-line-stream";

/** The lines of what a process says, as they come. A TextLineStream would pass bytes on as they are. */
export function linesOf(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): ReadableStream<string> {
  return bytes
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
}
