/** Number and check code as people type them: full-width, small letters, spaces, no dash. */

const NUMBER_LENGTH = 17;
const CODE_LENGTH = 6;
const CLEAR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

export type NumberFault = "start" | "day" | "letter" | "short" | "long";
export type CodeFault = "letter" | "short" | "long";

/** Half-width, capital, without spaces, with a plain dash after the day. */
export function tidyNumber(typed: string): string {
  const plain = halfWidth(typed).replace(/[^0-9A-Z-]/g, "").replace(/-+/g, "-");
  const whole = /^(SQ\d{8})-?(.*)$/.exec(plain);
  if (whole === null) return plain;
  const rest = whole[2]!.replace(/-/g, "");
  return rest === "" && !plain.endsWith("-") ? whole[1]! : `${whole[1]}-${rest}`;
}

export function tidyCode(typed: string): string {
  return halfWidth(typed).replace(/[^0-9A-Z]/g, "");
}

/** What is wrong with a tidy number so far; ``short`` is no fault while it is being typed. */
export function numberFault(number: string): NumberFault | null {
  if (!"SQ".startsWith(number.slice(0, 2))) return "start";
  const day = number.slice(2, 10);
  if (!/^\d*$/.test(day)) return "day";
  if (number.length >= 11 && number[10] !== "-") return "day";
  if (!isClear(number.slice(11))) return "letter";
  if (number.length > NUMBER_LENGTH) return "long";
  return number.length < NUMBER_LENGTH ? "short" : null;
}

export function codeFault(code: string): CodeFault | null {
  if (!isClear(code)) return "letter";
  if (code.length > CODE_LENGTH) return "long";
  return code.length < CODE_LENGTH ? "short" : null;
}

/** The number that an address names behind its ``#``; the check code never stands there. */
export function numberInAddress(hash: string): string {
  let plain = hash.replace(/^#/, "");
  try {
    plain = decodeURIComponent(plain);
  } catch {
    return "";
  }
  const number = tidyNumber(plain);
  return numberFault(number) === null ? number : "";
}

function halfWidth(typed: string): string {
  return typed.normalize("NFKC").replace(/[‐-―−－﹣]/g, "-").toUpperCase();
}

function isClear(letters: string): boolean {
  return [...letters].every((letter) => CLEAR.includes(letter));
}
