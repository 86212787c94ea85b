/** The program's version; `make lint` keeps it equal to deno.json's. */
export const VERSION = "1.0.0";
