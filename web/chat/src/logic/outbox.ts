/** What was typed and has not arrived yet (待发送): kept in the browser until the service has it. */

export interface Waiting {
  client_message_id: string;
  text: string;
  at: string;
  state: "queued" | "failed";
  reason: string | null;
}

export type Delivery =
  | { kind: "delivered" }
  | { kind: "later"; afterSeconds: number | null }
  | { kind: "refused"; reason: string };

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEY = "runmiao.outbox";

/** A queue in the browser's storage; the storage is the truth, so that two tabs share it. */
export class Outbox {
  constructor(
    private readonly store: Store,
    private readonly newId: () => string,
    private readonly now: () => string,
  ) {}

  list(): Waiting[] {
    try {
      const raw: unknown = JSON.parse(this.store.getItem(KEY) ?? "[]");
      return Array.isArray(raw) ? raw.filter(isWaiting) : [];
    } catch {
      return [];
    }
  }

  add(text: string): Waiting {
    const item: Waiting = {
      client_message_id: this.newId(),
      text,
      at: this.now(),
      state: "queued",
      reason: null,
    };
    this.write([...this.list(), item]);
    return item;
  }

  remove(id: string): void {
    this.write(this.list().filter((item) => item.client_message_id !== id));
  }

  fail(id: string, reason: string): void {
    this.change(id, { state: "failed", reason });
  }

  retry(id: string): void {
    this.change(id, { state: "queued", reason: null });
  }

  clear(): void {
    this.store.removeItem(KEY);
  }

  /** The oldest message that should be sent now. */
  next(): Waiting | null {
    return this.list().find((item) => item.state === "queued") ?? null;
  }

  private change(id: string, values: Partial<Waiting>): void {
    this.write(
      this.list().map((item) => (item.client_message_id === id ? { ...item, ...values } : item)),
    );
  }

  private write(items: Waiting[]): void {
    if (items.length === 0) this.store.removeItem(KEY);
    else this.store.setItem(KEY, JSON.stringify(items));
  }
}

function isWaiting(value: unknown): value is Waiting {
  const item = value as Waiting | null;
  return typeof item?.client_message_id === "string" && typeof item.text === "string";
}

/**
 * Sends the queue in order, one message at a time.
 *
 * The same client_message_id is sent again after an unclear failure: the service knows it and
 * answers with the turn it already has, so nothing is doubled.
 */
export class Sender {
  private busy = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly outbox: Outbox,
    private readonly deliver: (item: Waiting) => Promise<Delivery>,
    private readonly changed: () => void,
  ) {}

  get sending(): boolean {
    return this.busy;
  }

  /** Send all there is; called on every sign that it may work now. */
  async flush(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.cancelPause();
    try {
      for (let item = this.outbox.next(); item !== null; item = this.outbox.next()) {
        const delivery = await this.deliver(item);
        if (delivery.kind === "later") {
          this.tryAgain(delivery.afterSeconds);
          return;
        }
        this.failures = 0;
        if (delivery.kind === "delivered") this.outbox.remove(item.client_message_id);
        else this.outbox.fail(item.client_message_id, delivery.reason);
        this.changed();
      }
    } finally {
      this.busy = false;
      this.changed();
    }
  }

  private tryAgain(afterSeconds: number | null): void {
    const seconds = afterSeconds ?? Math.min(2 ** this.failures, 30);
    this.failures += 1;
    this.timer = setTimeout(() => void this.flush(), seconds * 1000);
  }

  private cancelPause(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
