import { expect, test } from "vitest";

import { ApiError } from "@/logic/api";
import type { Attachment } from "@/logic/types";
import { Uploads } from "@/logic/uploads";

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
const photo = (name: string) => new File([JPEG], name);

/** A service that fails as told and takes everything else. */
class Service {
  readonly taken: string[] = [];
  failures: Record<string, Error> = {};
  room = 9;
  readonly uploads = new Uploads(
    async (file, onProgress) => {
      onProgress(50);
      const failure = this.failures[file.name];
      if (failure !== undefined) throw failure;
      return { id: this.taken.length + 1, name: file.name } as Attachment;
    },
    (attachment) => void this.taken.push(attachment.name),
    () => this.room - this.taken.length,
  );

  get states(): string[] {
    return this.uploads.list.map((each) => `${each.name} ${each.state}`);
  }
}

test("files wait until they are sent, then go in order and leave the list", async () => {
  const service = new Service();

  await service.uploads.add([photo("一.jpg"), photo("二.jpg")]);
  expect(service.states).toEqual(["一.jpg waiting", "二.jpg waiting"]);

  expect(await service.uploads.run()).toBe(true);
  expect(service.taken).toEqual(["一.jpg", "二.jpg"]);
  expect(service.states).toEqual([]);
});

test("a file that cannot go is refused at once and does not hold up the others", async () => {
  const service = new Service();

  await service.uploads.add([new File(["PK"], "说明.docx"), photo("一.jpg")]);

  expect(await service.uploads.run()).toBe(false);
  expect(service.taken).toEqual(["一.jpg"]);
  expect(service.states).toEqual(["说明.docx refused"]);
});

test("a lost line can be tried again, a refusal of the service cannot", async () => {
  const service = new Service();
  service.failures = {
    "一.jpg": new ApiError(0, "unreachable", "x"),
    "二.jpg": new ApiError(422, "attachment_refused", "图片打不开。"),
  };
  await service.uploads.add([photo("一.jpg"), photo("二.jpg")]);
  await service.uploads.run();
  expect(service.states).toEqual(["一.jpg failed", "二.jpg refused"]);
  expect(service.uploads.list[1]!.failure).toBe("图片打不开。");

  service.failures = {};
  service.uploads.retry(service.uploads.list[0]!.id);
  service.uploads.dismiss(service.uploads.list[1]!.id);

  await expect.poll(() => service.taken).toEqual(["一.jpg"]);
  expect(service.states).toEqual([]);
});

test("more files than there is room for are said, not lost in silence", async () => {
  const service = new Service();
  service.room = 2;

  const said = await service.uploads.add([photo("一.jpg"), photo("二.jpg"), photo("三.jpg")]);

  expect(said).toContain("最多 9 个");
  expect(service.states).toEqual(["一.jpg waiting", "二.jpg waiting"]);
});
