/** Plain text of an answer cut into paragraphs and lists; never HTML. */

export type Block =
  | { kind: "paragraph"; label: string; text: string }
  | { kind: "bullets" | "steps"; items: string[] };

const MARKS = { bullets: /^\s*[·•]\s*/, steps: /^\s*\d{1,2}[.、]\s+/ } as const;
/** A short opening such as 在哪儿办： stands out; the words stay as they were written. */
const LABEL = /^[\p{Script=Han}]{2,6}：/u;

export function toBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "") continue;
    const kind = (["bullets", "steps"] as const).find((each) => MARKS[each].test(line));
    if (kind === undefined) blocks.push(paragraph(line));
    else addItem(blocks, kind, line.replace(MARKS[kind], ""));
  }
  return blocks;
}

function paragraph(line: string): Block {
  const label = LABEL.exec(line)?.[0] ?? "";
  return { kind: "paragraph", label, text: line.slice(label.length) };
}

function addItem(blocks: Block[], kind: "bullets" | "steps", item: string): void {
  const last = blocks[blocks.length - 1];
  if (last?.kind === kind) last.items.push(item);
  else blocks.push({ kind, items: [item] });
}
