/** Server-sent events read with fetch, so that the conversation's secret travels in a header. */

export interface StreamEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Cuts a character stream into events; chunks may end anywhere. */
export class EventParser {
  private rest = "";
  private id: string | null = null;
  private name = "";
  private data: string[] = [];

  feed(chunk: string): StreamEvent[] {
    const found: StreamEvent[] = [];
    this.rest += chunk;
    let cut: RegExpExecArray | null;
    while ((cut = /\r\n|\n|\r(?=[^])/.exec(this.rest)) !== null) {
      const line = this.rest.slice(0, cut.index);
      this.rest = this.rest.slice(cut.index + cut[0].length);
      const event = this.take(line);
      if (event !== null) found.push(event);
    }
    return found;
  }

  private take(line: string): StreamEvent | null {
    if (line === "") return this.finish();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.name = value;
    else if (field === "id") this.id = value;
    return null;
  }

  private finish(): StreamEvent | null {
    const complete = this.data.length > 0;
    const event = { id: this.id, event: this.name || "message", data: this.data.join("\n") };
    this.name = "";
    this.data = [];
    this.id = null;
    return complete ? event : null;
  }
}

export interface StreamOptions {
  url: () => string;
  headers: () => Record<string, string>;
  onEvent: (event: StreamEvent) => void;
  onOpen: () => void;
  onLost: () => void;
  onRefused: (status: number) => void;
}

/** The service pings every 15 s; three missed pings mean that the line is dead. */
const SILENCE_MS = 45_000;
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Keeps one event stream open and opens it again whenever it breaks. */
export class EventStream {
  private stopped = true;
  private failures = 0;
  private abort: AbortController | null = null;
  private pause: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: StreamOptions) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.failures = 0;
    void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.abort?.abort();
    if (this.pause !== null) clearTimeout(this.pause);
    this.pause = null;
  }

  /** Do not wait for the next try: the network is back. */
  hurry(): void {
    if (this.stopped || this.pause === null) return;
    clearTimeout(this.pause);
    this.pause = null;
    void this.run();
  }

  private async run(): Promise<void> {
    try {
      await this.readOnce();
    } catch {
      // A broken line is ordinary; it is opened again below.
    }
    if (this.stopped) return;
    this.options.onLost();
    const wait = PAUSES_MS[Math.min(this.failures, PAUSES_MS.length - 1)]!;
    this.failures += 1;
    this.pause = setTimeout(() => {
      this.pause = null;
      void this.run();
    }, wait);
  }

  private async readOnce(): Promise<void> {
    this.abort = new AbortController();
    const response = await fetch(this.options.url(), {
      headers: { Accept: "text/event-stream", ...this.options.headers() },
      signal: this.abort.signal,
      cache: "no-store",
    });
    if (!response.ok || response.body === null) {
      if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        this.stop();
        this.options.onRefused(response.status);
      }
      return;
    }
    this.failures = 0;
    this.options.onOpen();
    await this.readBody(response.body);
  }

  private async readBody(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let silence = this.watch();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || this.stopped) return;
        clearTimeout(silence);
        silence = this.watch();
        for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
          this.options.onEvent(event);
        }
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private watch(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.abort?.abort(), SILENCE_MS);
  }
}
