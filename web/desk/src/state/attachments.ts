// What can be told of a file before it is sent; the service looks inside.

import { t } from "../strings";

export const MOST_BYTES = 10 * 1024 * 1024;
const TAKEN = ["image/jpeg", "image/png", "image/webp", "application/pdf"];

/** Why a file is not sent at all; null where it may be. */
export function refusalOf(file: { size: number; type: string }): string | null {
  if (!TAKEN.includes(file.type)) return t.attachments.wrongKind;
  return file.size > MOST_BYTES ? t.attachments.tooBig : null;
}

/** 860 KB, 3.2 MB */
export function sizeText(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
