/**
 * Finds out whether JSR and the server of Deno's own downloads can be reached, or need not be because
 * what they would give is already in Deno's cache. Prints `std=open|closed` and `denort=open|closed`.
 * Answers within LIMIT_MS, also where the network swallows packets.
 */
const LIMIT_MS = 8_000;

/** Deno itself asks JSR, so that its proxy, certificate and mirror settings count. */
async function jsrAnswers(): Promise<boolean> {
  const imports: Record<string, string> = JSON.parse(
    await Deno.readTextFile(new URL("../deno.json", import.meta.url)),
  ).imports;
  const specifier = Object.values(imports).find((target) =>
    target.startsWith("jsr:")
  );
  if (specifier === undefined) return true;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--no-config", "--no-lock", specifier],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).output();
  return success;
}

async function denortAnswers(): Promise<boolean> {
  const path = `release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  try {
    await Deno.stat(`${Deno.env.get("DENO_DIR")}/dl/${path}`);
    return true;
  } catch {
    // Not in the cache: ask the server.
  }
  try {
    const answer = await fetch(`https://dl.deno.land/${path}`, {
      method: "HEAD",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

const [std, denort] = await Promise.all([jsrAnswers(), denortAnswers()]);
console.log(
  `std=${std ? "open" : "closed"}\ndenort=${denort ? "open" : "closed"}`,
);
Deno.exit(0);
