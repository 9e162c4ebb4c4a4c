/** Plain text of an answer cut into paragraphs and lists; never HTML. */

export type Block = { kind: "paragraph"; text: string } | { kind: "list"; items: string[] };

const BULLET = /^\s*[·•]\s*/;

export function toBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const last = blocks[blocks.length - 1];
    if (!BULLET.test(line)) blocks.push({ kind: "paragraph", text: line.trim() });
    else if (last?.kind === "list") last.items.push(line.replace(BULLET, ""));
    else blocks.push({ kind: "list", items: [line.replace(BULLET, "")] });
  }
  return blocks;
}
