/** Moments and days as people in China read them. */

const ZONE = "Asia/Shanghai";
const day = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" });
const shortDay = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "long", day: "numeric" });
const clock = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hour12: false });

export function timeOfDay(iso: string): string {
  return clock.format(new Date(iso));
}

/** 今天 17:05, 11月3日 09:30 or 2025年12月31日 09:30. */
export function moment(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  if (day.format(at) === day.format(now)) return clock.format(at);
  const sameYear = day.format(at).slice(0, 4) === day.format(now).slice(0, 4);
  return `${(sameYear ? shortDay : day).format(at)} ${clock.format(at)}`;
}

/** 2026年11月21日 17:05, for records that are read later. */
export function fullMoment(iso: string): string {
  return `${day.format(new Date(iso))} ${clock.format(new Date(iso))}`;
}

/** 2026-07-01 → 2026年7月1日; anything else stays as it is. */
export function dateInWords(isoDate: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(isoDate);
  if (found === null) return isoDate;
  return `${found[1]}年${Number(found[2])}月${Number(found[3])}日`;
}

/** Characters as a person counts them. */
export function length(text: string): number {
  return [...text].length;
}

/** A link may only lead to the web, a telephone or a page of this service. */
export function safeLink(value: string): string | null {
  if (/^(https?:\/\/|tel:)/i.test(value)) return value;
  return value.startsWith("/") && !value.startsWith("//") ? value : null;
}
