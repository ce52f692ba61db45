import { z } from "zod";
import { html, type Markup } from "../../markup.ts";

const textSchema = z.looseObject({ type: z.enum(["mrkdwn", "plain_text"]), text: z.string() });
const elementSchema = z.looseObject({
  type: z.string(),
  text: z.unknown(),
  value: z.string().optional(),
  url: z.string().optional(),
  action_id: z.string().max(255).optional(),
});
const blockSchema = z.looseObject({
  type: z.string(),
  block_id: z.string().max(255).optional(),
  text: textSchema.optional(),
  fields: z.array(textSchema).optional(),
  elements: z.array(elementSchema).optional(),
  alt_text: z.string().optional(),
});
type Block = z.infer<typeof blockSchema>;

const KNOWN = ["header", "section", "divider", "actions", "context", "image"];
const MOST_TOGETHER = 13_200;

const overLong = (path: string, value: string | undefined, most: number) =>
  value !== undefined && value.length > most ? `must be less than ${most + 1} characters [json-pointer:${path}]` : null;

const elementProblem = (path: string, element: z.infer<typeof elementSchema>): string | null => {
  if (element.type !== "button") return null;
  const label = textSchema.safeParse(element.text);
  if (!label.success || label.data.type !== "plain_text")
    return `button text must be plain_text [json-pointer:${path}/text]`;
  return (
    overLong(`${path}/text`, label.data.text, 75) ??
    overLong(`${path}/value`, element.value, 2000) ??
    overLong(`${path}/url`, element.url, 3000)
  );
};

const contextText = (element: z.infer<typeof elementSchema>) => (typeof element.text === "string" ? element.text : "");

const oneProblem = (path: string, block: Block): string | null => {
  if (!KNOWN.includes(block.type)) return `unsupported type: ${block.type} [json-pointer:${path}/type]`;
  if (block.type === "header") {
    if (block.text?.type !== "plain_text") return `must be plain_text [json-pointer:${path}/text]`;
    return overLong(`${path}/text/text`, block.text.text, 150);
  }
  if (block.type === "section") {
    if (!block.text && !block.fields) return `must provide text or fields [json-pointer:${path}]`;
    if ((block.fields?.length ?? 0) > 10) return `no more than 10 items allowed [json-pointer:${path}/fields]`;
    const field = block.fields
      ?.map((entry, index) => overLong(`${path}/fields/${index}/text`, entry.text, 2000))
      .find(Boolean);
    return overLong(`${path}/text/text`, block.text?.text, 3000) ?? field ?? null;
  }
  if (block.type === "image") return overLong(`${path}/alt_text`, block.alt_text, 2000);
  if (block.type === "divider") return null;
  const most = block.type === "actions" ? 25 : 10;
  if (!block.elements || block.elements.length === 0) return `missing required field: elements [json-pointer:${path}]`;
  if (block.elements.length > most) return `no more than ${most} items allowed [json-pointer:${path}/elements]`;
  return (
    block.elements.map((element, index) => elementProblem(`${path}/elements/${index}`, element)).find(Boolean) ?? null
  );
};

/** The first Block Kit limit that the blocks break, in the vendor's manner of naming the place; null when they are fine. */
export const blockProblem = (blocks: readonly unknown[]): string | null => {
  if (blocks.length > 50) return "no more than 50 items allowed [json-pointer:/blocks]";
  for (const [index, raw] of blocks.entries()) {
    const parsed = blockSchema.safeParse(raw);
    if (!parsed.success) return `${z.prettifyError(parsed.error)} [json-pointer:/blocks/${index}]`;
    const problem = oneProblem(`/blocks/${index}`, parsed.data);
    if (problem) return problem;
  }
  return JSON.stringify(blocks).length > MOST_TOGETHER * 2 ? "msg_blocks_too_long" : null;
};

const plain = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Links, mentions and bold of mrkdwn as a reader would see them. Anything that would ping people stands out. */
const rich = (text: string): Markup =>
  html`${text.split(/(<[^>]*>|\*[^*\n]+\*)/).map((part) => {
    const link = /^<(https?:[^|>]+)(?:\|([^>]*))?>$/.exec(part);
    if (link) return html`<a href="${plain(link[1] ?? "")}">${plain(link[2] ?? link[1] ?? "")}</a>`;
    if (/^<[!@#]/.test(part)) return html`<strong class="bad">${part}</strong>`;
    if (/^\*[^*]+\*$/.test(part)) return html`<strong>${plain(part.slice(1, -1))}</strong>`;
    return html`${plain(part)}`;
  })}`;

/** A message as a person would read it in the channel. */
export const readable = (text: string, blocks: readonly unknown[]): Markup => {
  const parsed = z.array(blockSchema).safeParse(blocks);
  if (!parsed.success || parsed.data.length === 0) return rich(text);
  return html`${parsed.data.map((block) => {
    const parts = [
      ...(block.text
        ? [block.type === "header" ? html`<strong>${block.text.text}</strong>` : rich(block.text.text)]
        : []),
      ...(block.fields ?? []).map((field) => rich(field.text.replace("\n", ": "))),
      ...(block.elements ?? []).map((element) => {
        const label = textSchema.safeParse(element.text);
        return element.type === "button"
          ? html`<code>[${label.success ? label.data.text : "button"}]</code>`
          : rich(contextText(element));
      }),
    ];
    return html`<div>${parts.map((part, index) => (index === 0 ? part : html` · ${part}`))}</div>`;
  })}`;
};
