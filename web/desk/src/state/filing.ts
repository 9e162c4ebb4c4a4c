// Filing for somebody who called: what is filled in, what is missing, what may be kept on this machine.

import type { FilingForm, FilingKind, FilingOrigin } from "../api/types";
import { t } from "../strings";

export type FilingFilled = Required<Omit<FilingForm, "still_file" | "request_id">>;

export function emptyFiling(): FilingFilled {
  return {
    origin: "agent" as FilingOrigin,
    source_name: "",
    consented: false,
    contact: "",
    kind: "",
    subject: "",
    detail: "",
    particulars: {},
  };
}

export type Lacks = Partial<Record<string, string>>;

/** What is still missing, by field; particulars by `particular.<name>`. */
export function missingIn(filled: FilingFilled, kind: FilingKind | undefined): Lacks {
  const need = t.filing.need;
  const found: Lacks = {};
  for (const field of ["source_name", "contact", "kind", "subject", "detail"] as const)
    if (!filled[field].trim()) found[field] = need[field];
  if (!filled.consented) found.consented = need.consented;
  for (const one of kind?.asks ?? [])
    if (one.required && !filled.particulars[one.name]?.trim()) found[`particular.${one.name}`] = need.particular(one.label);
  return found;
}

/** What is sent: only the particulars that the kind asks for and that were filled in. */
export function bodyFor(filled: FilingFilled, kind: FilingKind | undefined, stillFile: boolean): FilingForm {
  const asked = (kind?.asks ?? []).map(({ name }) => [name, (filled.particulars[name] ?? "").trim()] as const);
  return {
    ...filled,
    source_name: filled.source_name.trim(),
    contact: filled.contact.trim(),
    subject: filled.subject.trim(),
    detail: filled.detail.trim(),
    particulars: Object.fromEntries(asked.filter(([, value]) => value)),
    still_file: stillFile,
  };
}

/** What is kept of an unfinished form: no telephone, and consent has to be given anew. */
export function keepable(filled: FilingFilled): string {
  const { contact: _, consented: __, ...rest } = filled;
  const typed = [rest.source_name, rest.subject, rest.detail, ...Object.values(rest.particulars)];
  return typed.some((value) => value.trim()) ? JSON.stringify(rest) : "";
}

/** What was kept, over an empty form; nonsense gives the empty form. */
export function restored(kept: string): FilingFilled {
  try {
    const found = kept ? JSON.parse(kept) : {};
    const { origin, source_name, kind, subject, detail, particulars } = { ...emptyFiling(), ...found };
    return { ...emptyFiling(), origin, source_name, kind, subject, detail, particulars: { ...particulars } };
  } catch {
    return emptyFiling();
  }
}

/** A name for one sending; it works on pages without https too. */
export function newRequestId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A code as it is read out: `7K3 M9Q`. */
export function spaced(code: string): string {
  return code.replace(/(.{3})(?=.)/g, "$1 ");
}
