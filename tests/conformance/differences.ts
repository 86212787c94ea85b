/**
 * Every deliberate difference from upstream, each with the scenarios and facts
 * that it may touch, the exact form that ours has there, and the reason for
 * it. Whatever is not explained here is a fault. Of several reasons the first
 * one counts.
 */
import { input } from "./differences/input.ts";
import { log } from "./differences/log.ts";
import { processes } from "./differences/processes.ts";
import { runtimeCalls } from "./differences/runtime_calls.ts";
import { streams } from "./differences/streams.ts";
import { terminal } from "./differences/terminal.ts";
import type { Reason } from "./reason.ts";

export const REASONS: readonly Reason[] = [
  ...log,
  ...runtimeCalls,
  ...terminal,
  ...streams,
  ...processes,
  ...input,
];
