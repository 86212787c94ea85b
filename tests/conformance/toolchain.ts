/**
 * The recorded binaries were rebuilt with Go 1.19.8; the originals came from
 * Go 1.6 to 1.8. What the newer library adds by itself is undone here, so that
 * a shim is held against what people had installed. Pure.
 */
import type { Facts } from "./recordings.ts";

/** The facts as the original build would have shown them. */
export function withoutToolchain(scenario: string, facts: Facts): Facts {
  const undone = withoutPwd(facts) as Facts;
  if (scenario === "cwd_pwd_env_wrong") return withPwdOfShim(undone);
  if (scenario === "rlimits_inherited") return withSoftLimit(undone);
  return undone;
}

/** Go 1.19 tells every child that it starts elsewhere where it is, in `PWD`. */
function withoutPwd(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.filter((one) => one !== "PWD=$BUNDLE").map(withoutPwd);
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutPwd(inner)]),
  );
}

/** It replaces a `PWD` that is there already; before, the child got that one. */
function withPwdOfShim(facts: Facts): Facts {
  const calls = Object.entries(facts.runtime_PWD as Record<string, string[]>);
  const restored = calls.map(([command, pwd]) =>
    pwd.length === 0 ? [command, ["PWD=/usr"]] : [command, pwd]
  );
  return { ...facts, runtime_PWD: Object.fromEntries(restored) };
}

/** Go 1.19 raises the soft limit of open files to the hard one. */
function withSoftLimit(facts: Facts): Facts {
  const calls = Object.entries(facts.runtime as Record<string, Facts>);
  const lowered = calls.map(([command, limits]) => [
    command,
    { ...limits, nofile: [64, 4096] },
  ]);
  return {
    ...facts,
    runtime: Object.fromEntries(lowered),
    stdout: "64\n4096\n",
  };
}
