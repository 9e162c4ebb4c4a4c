// Moments as officers read them: always on the Chinese clock, whatever the machine's zone is.

import { onScopeDispose, ref, type Ref } from "vue";

const ZONE = "Asia/Shanghai";
const clockFormat = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE,
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayFormat = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });
const WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

let serverAhead = 0;

/** Note what time the server says it is, so that waiting times do not depend on this machine. */
export function noteServerTime(header: string | null): void {
  if (!header) return;
  const ahead = Date.parse(header) - Date.now();
  if (Math.abs(ahead - serverAhead) > 2000) serverAhead = ahead;
}

/** The server's present moment in milliseconds. */
export function serverNow(): number {
  return Date.now() + serverAhead;
}

/** A moment that ticks every second while the component lives. */
export function useNow(): Ref<number> {
  const now = ref(serverNow());
  const timer = setInterval(() => (now.value = serverNow()), 1000);
  onScopeDispose(() => clearInterval(timer));
  return now;
}

/** The Chinese calendar day, YYYY-MM-DD. */
export function chinaDay(moment: number | string): string {
  return dayFormat.format(new Date(moment));
}

/** 14:05 today, 昨天 14:05, 11月20日 14:05, or with the year when it is another year. */
export function momentText(iso: string | null, now = serverNow()): string {
  if (!iso) return "";
  const time = clockFormat.format(new Date(iso));
  const day = chinaDay(iso);
  if (day === chinaDay(now)) return time;
  if (day === chinaDay(now - 86_400_000)) return `昨天 ${time}`;
  return `${dayText(day, now)} ${time}`;
}

/** 11月20日, with the year when it is not the present one. */
export function dayText(day: string | null, now = serverNow()): string {
  if (!day) return "";
  const [year, month, date] = day.split("-").map(Number);
  const short = `${month}月${date}日`;
  return String(year) === chinaDay(now).slice(0, 4) ? short : `${year}年${short}`;
}

/** 11月20日 周五 */
export function dayWithWeekday(day: string | null, now = serverNow()): string {
  if (!day) return "";
  return `${dayText(day, now)} ${WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]}`;
}

/** How long something lasted: 45 秒, 3 分 05 秒, 2 小时 10 分, 3 天. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} 秒`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} 分 ${String(seconds % 60).padStart(2, "0")} 秒`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} 小时 ${minutes % 60} 分`;
  return `${Math.floor(hours / 24)} 天`;
}
