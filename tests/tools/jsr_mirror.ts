import { join } from "@std/path/posix/join";

interface Package {
  version: string;
  exports: Record<string, string>;
}

/** A JSR on this machine, with some of what is exported there: JSR_URL makes Deno ask it. */
export class JsrMirror implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #directory: string;
  readonly #packages = new Map<string, Package>();

  /**
   * @param directory has the files, as in `@std/cli/1.0.24/parse_args.ts`
   * @param targets as `jsr:@std/cli@1.0.24/parse-args`
   */
  constructor(directory: string, targets: readonly string[]) {
    this.#directory = directory;
    for (const target of targets) {
      const [, name, version, exported] = /^jsr:(@std\/[^@]+)@([^/]+)\/(.+)$/
        .exec(target)!;
      const exports = {
        ...this.#packages.get(name)?.exports,
        [`./${exported}`]: `./${exported.replaceAll("-", "_")}.ts`,
      };
      this.#packages.set(name, { version, exports });
    }
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      ({ url }) => this.#answer(new URL(url).pathname),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async #answer(path: string): Promise<Response> {
    for (const [name, { version, exports }] of this.#packages) {
      if (path === `/${name}/meta.json`) {
        return Response.json({ versions: { [version]: {} } });
      }
      if (path === `/${name}/${version}_meta.json`) {
        const files = await manifest(join(this.#directory, name, version));
        return Response.json({ manifest: files, exports });
      }
      if (path.startsWith(`/${name}/${version}/`)) {
        const file = await Deno.readFile(join(this.#directory, path));
        const type = { "content-type": "application/typescript" };
        return new Response(file, { headers: type });
      }
    }
    return new Response(null, { status: 404 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Every file with its size and SHA-256, as JSR has it. */
async function manifest(directory: string, below = "") {
  const files: Record<string, { size: number; checksum: string }> = {};
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    const path = join(directory, name);
    if (isDirectory) {
      Object.assign(files, await manifest(path, `${below}/${name}`));
      continue;
    }
    const bytes = Deno.readFileSync(path);
    const hash = await crypto.subtle.digest("SHA-256", bytes);
    files[`${below}/${name}`] = {
      size: bytes.length,
      checksum: `sha256-${new Uint8Array(hash).toHex()}`,
    };
  }
  return files;
}
