import type { Reader } from "./options.ts";

/** As it was written. */
export const text: Reader<string> = (text) => text;

/** A whole number from 1 on. */
export const count: Reader<number> = (text) => {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)) && +text > 0) {
    return Number(text);
  }
  throw new Error(`takes a whole number from 1 on, not "${text}"`);
};

/** A whole number, also below 0. */
export const integer: Reader<number> = (text) => {
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) {
    return Number(text);
  }
  throw new Error(`takes a whole number, not "${text}"`);
};

/** A number above 0, also a fraction. */
export const amount: Reader<number> = (text) => {
  if (/^\d*\.?\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`takes a number above 0, not "${text}"`);
};

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
