/** Stand-in for the modules of `@std/path/posix`. */
import path from "node:path/posix";

export const {
  basename,
  dirname,
  extname,
  isAbsolute,
  join,
  normalize,
  relative,
  resolve,
} = path;
