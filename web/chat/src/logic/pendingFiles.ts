/** Pictures and PDF that wait for the next appeal of this talk (将随诉求提交). */

import { reactive, watch } from "vue";

import { api, ApiError } from "./api";
import { talk } from "./conversation";
import { MOST_FILES } from "./files";
import type { Attachment } from "./types";
import { Uploads } from "./uploads";
import { text } from "@/text";

export const pending = reactive({ files: [] as Attachment[], failure: "" });

export const pendingUploads = new Uploads(
  (file, onProgress) => api.addPendingFile(talk.token!, file, onProgress),
  (attachment) => {
    pending.files = withoutTwins([...pending.files, attachment]);
  },
  () => MOST_FILES - pending.files.length,
);

export async function addPending(files: File[]): Promise<void> {
  pending.failure = await pendingUploads.add(files);
  await pendingUploads.run();
}

export async function removePending(file: Attachment): Promise<void> {
  pending.failure = "";
  try {
    await api.removePendingFile(talk.token!, file.id);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) {
      pending.failure = error instanceof ApiError ? error.message : text.errors.service;
      return;
    }
  }
  pending.files = pending.files.filter((each) => each.id !== file.id);
}

/** How many appeals this talk shows: a new one has taken the files along. */
const appealsFiled = () => talk.messages.filter((message) => message.body.appeal?.check_code).length;

watch([() => talk.phase === "ready" && talk.token, appealsFiled], ([token]) => void load(token), { immediate: true });

/** What arrived while the list was on its way stands behind it. */
async function load(token: string | false | null): Promise<void> {
  const known = new Set(pending.files.map((file) => file.id));
  if (!token) pending.files = [];
  else {
    const told = await api.pendingFiles(token).then((list) => list.attachments, () => null);
    const since = pending.files.filter((file) => !known.has(file.id));
    if (told !== null) pending.files = withoutTwins([...told, ...since]);
  }
}

function withoutTwins(files: Attachment[]): Attachment[] {
  return [...new Map(files.map((file) => [file.id, file])).values()];
}
