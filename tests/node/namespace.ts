import { Deno as onNode } from "@deno/shim-deno";

// Before any module that uses it. Under Deno nothing changes.
Reflect.set(globalThis, "Deno", Reflect.get(globalThis, "Deno") ?? onNode);
