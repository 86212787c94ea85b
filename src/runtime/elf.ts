/** Offsets in `Elf64_Ehdr`, elf(5). */
const CLASS = 4;
const DATA = 5;
const TYPE = 16;
const MACHINE = 18;
const PROGRAM_HEADERS = 32;
const PROGRAM_HEADER_SIZE = 54;
const PROGRAM_HEADER_COUNT = 56;
const HEADER_SIZE = 64;

/** `Elf64_Phdr`. */
const P_OFFSET = 8;
const P_FILESZ = 32;
const PHDR_SIZE = 56;

const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ET_EXEC = 2;
const ET_DYN = 3;
const PT_INTERP = 3;

/** `e_machine` of the architectures that Deno runs on. */
const MACHINES: Readonly<Record<string, number>> = { x86_64: 62, aarch64: 183 };

/**
 * The loader that a 64-bit ELF program names, "none" when it is static.
 *
 * @param head the beginning of the file, headers included
 * @param architecture as Deno names it
 * @returns undefined when the file is no program for this architecture, or its
 *   headers go further than `head`
 */
export function elfInterpreter(
  head: Uint8Array,
  architecture: string,
): string | undefined {
  if (head.length < HEADER_SIZE) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const type = view.getUint16(TYPE, true);
  const isProgram = view.getUint32(0) === 0x7f454c46 && // "\x7fELF"
    head[CLASS] === ELFCLASS64 && head[DATA] === ELFDATA2LSB &&
    (type === ET_EXEC || type === ET_DYN) &&
    view.getUint16(MACHINE, true) === MACHINES[architecture] &&
    view.getUint16(PROGRAM_HEADER_SIZE, true) === PHDR_SIZE;
  if (!isProgram) return undefined;

  const first = view.getBigUint64(PROGRAM_HEADERS, true);
  const count = view.getUint16(PROGRAM_HEADER_COUNT, true);
  if (count === 0 || first + BigInt(count * PHDR_SIZE) > head.length) {
    return undefined;
  }
  for (let i = 0; i < count; i++) {
    const at = Number(first) + i * PHDR_SIZE;
    if (view.getUint32(at, true) !== PT_INTERP) continue;
    const start = view.getBigUint64(at + P_OFFSET, true);
    const end = start + view.getBigUint64(at + P_FILESZ, true);
    if (end > head.length || end <= start) return undefined;
    const path = head.subarray(Number(start), Number(end) - 1);
    return new TextDecoder("latin1").decode(path);
  }
  return "none";
}
