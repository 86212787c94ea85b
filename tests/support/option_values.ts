import type { Reader } from "./options.ts";

/** As it was written. */
export const text: Reader<string> = (text) => text;

export const count = number(/^0*[1-9]\d*$/, "a whole number from 1 on");
export const integer = number(/^-?\d+$/, "a whole number");
/** Also a fraction. */
export const amount = number(/^(?=.*[1-9])\d*\.?\d+$/, "a number above 0");

function number(form: RegExp, what: string): Reader<number> {
  return (text) => {
    const isExact = Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER;
    if (form.test(text) && isExact) return Number(text);
    throw new Error(`takes ${what}, not "${text}"`);
  };
}

/** The real path of a file that is there. */
export const existing: Reader<string> = (path) => {
  try {
    return Deno.realPathSync(path);
  } catch {
    throw new Error(`names "${path}", which is not there`);
  }
};

/** A regular expression. */
export const pattern: Reader<RegExp> = (text) => {
  try {
    return new RegExp(text);
  } catch {
    throw new Error(`takes a regular expression, not "${text}"`);
  }
};
