/** What is kept in this browser; a browser that keeps nothing still works till it is closed. */

class MemoryStorage {
  private readonly values = new Map<string, string>();

  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }

  removeItem(key: string): void {
    this.values.delete(key);
  }
}

function openStorage(kind: "localStorage" | "sessionStorage"): Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  try {
    const storage = window[kind];
    storage.setItem("runmiao.probe", "1");
    storage.removeItem("runmiao.probe");
    return storage;
  } catch {
    return new MemoryStorage();
  }
}

export const kept = openStorage("localStorage");
export const keptForTab = openStorage("sessionStorage");

export const keys = {
  token: "runmiao.conversation",
  draft: "runmiao.draft",
  appeal: "runmiao.appeal",
} as const;

/** A random UUID; crypto.randomUUID is missing on plain http. */
export function newUuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
