/** Files on their way to the service (上传): checked first, one after the other, each with its progress. */

import { reactive } from "vue";

import { ApiError } from "./api";
import { fileFault, MOST_FILES } from "./files";
import { newUuid } from "./browser";
import type { Attachment } from "./types";
import { appealText } from "@/text_appeal";

export interface Upload {
  id: string;
  name: string;
  size: number;
  state: "waiting" | "sending" | "failed" | "refused";
  percent: number;
  failure: string;
}

type Send = (file: File, onProgress: (percent: number) => void) => Promise<Attachment>;

/** What is chosen but not yet with the service; what arrived is handed to ``arrived``. */
export class Uploads {
  readonly list = reactive<Upload[]>([]);
  private readonly files = new Map<string, File>();
  private busy = false;

  constructor(
    private readonly send: Send,
    private readonly arrived: (attachment: Attachment) => void | Promise<void>,
    private readonly room: () => number,
  ) {}

  /** Take what was chosen, still unsent; returns what to say where not all of it has room. */
  async add(files: readonly File[]): Promise<string> {
    const room = Math.max(0, this.room() - this.list.filter((each) => each.state !== "refused").length);
    for (const file of files.slice(0, room)) await this.take(file);
    return files.length > room ? appealText.upload.tooMany(MOST_FILES) : "";
  }

  /** Send what waits, in order; tells whether everything has arrived. */
  async run(): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      for (let next = this.next(); next !== undefined; next = this.next()) await this.sendOne(next);
    } finally {
      this.busy = false;
    }
    return this.list.length === 0;
  }

  retry(id: string): void {
    const upload = this.find(id);
    if (upload === undefined) return;
    Object.assign(upload, { state: "waiting", percent: 0, failure: "" });
    void this.run();
  }

  dismiss(id: string): void {
    if (this.find(id)?.state !== "sending") this.remove(id);
  }

  private find(id: string): Upload | undefined {
    return this.list.find((each) => each.id === id);
  }

  private async take(file: File): Promise<void> {
    const id = newUuid();
    const fault = await fileFault(file).catch(() => "empty" as const);
    this.files.set(id, file);
    this.list.push({
      id, name: file.name, size: file.size, percent: 0,
      state: fault === null ? "waiting" : "refused",
      failure: fault === null ? "" : appealText.upload.fault[fault],
    });
  }


  private next(): Upload | undefined {
    return this.list.find((each) => each.state === "waiting");
  }

  private async sendOne(upload: Upload): Promise<void> {
    upload.state = "sending";
    try {
      const file = this.files.get(upload.id)!;
      const attachment = await this.send(file, (percent) => (upload.percent = percent));
      this.remove(upload.id);
      await this.arrived(attachment);
    } catch (error) {
      const isPassing = error instanceof ApiError && error.isPassing;
      upload.state = isPassing ? "failed" : "refused";
      upload.failure = told(error);
    }
  }

  private remove(id: string): void {
    const at = this.list.findIndex((each) => each.id === id);
    if (at >= 0) this.list.splice(at, 1);
    this.files.delete(id);
  }
}

function told(error: unknown): string {
  if (!(error instanceof ApiError)) return appealText.upload.failed;
  return error.status === 0 ? appealText.upload.unreachable : error.message;
}
