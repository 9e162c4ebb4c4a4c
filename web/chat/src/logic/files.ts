/** Pictures and PDF before they are sent (附件): what can be told without the service. */

export const MOST_FILES = 9;
export const MOST_BYTES = 10 * 1024 * 1024;
export const ACCEPT = "image/jpeg,image/png,image/webp,application/pdf";

export type FileFault = "empty" | "large" | "heic" | "kind";
export type FileKind = "picture" | "pdf";

const HEAD = 16;

/** Look at size and first bytes; the service looks at the whole. */
export async function fileFault(file: File): Promise<FileFault | null> {
  if (file.size === 0) return "empty";
  const head = new Uint8Array(await file.slice(0, HEAD).arrayBuffer());
  if (isHeic(head)) return "heic";
  if (kindOf(head) === null) return "kind";
  return file.size > MOST_BYTES ? "large" : null;
}

export function kindOf(head: Uint8Array): FileKind | null {
  if (starts(head, [0xff, 0xd8, 0xff]) || starts(head, [0x89, 0x50, 0x4e, 0x47])) return "picture";
  if (letters(head, 0, 4) === "RIFF" && letters(head, 8, 12) === "WEBP") return "picture";
  return letters(head, 0, 5) === "%PDF-" ? "pdf" : null;
}

/** 3.4 MB, 820 KB. */
export function sizeInWords(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(bytes / 1024))} KB`;
}

/** A long name keeps its beginning and its ending: 第三季度增值税…申报表.pdf. */
export function shortName(name: string, longest = 24): string {
  const all = [...name];
  if (all.length <= longest) return name;
  const end = 9;
  return `${all.slice(0, longest - end - 1).join("")}…${all.slice(-end).join("")}`;
}

function isHeic(head: Uint8Array): boolean {
  return letters(head, 4, 8) === "ftyp" && /^(hei|hev|mif1|msf1)/.test(letters(head, 8, 12));
}

function starts(head: Uint8Array, wanted: number[]): boolean {
  return wanted.every((byte, at) => head[at] === byte);
}

function letters(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.slice(from, to));
}
