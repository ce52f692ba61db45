import type { ReactNode } from "react";

type Block =
  | { kind: "heading"; level: number; text: string }
  | { kind: "list"; ordered: boolean; items: string[] }
  | { kind: "table"; head: string[]; rows: string[][] }
  | { kind: "code"; text: string }
  | { kind: "paragraph"; text: string };

const isBullet = (line: string) => /^\s*[-*] /.test(line);
const isNumber = (line: string) => /^\s*\d+\. /.test(line);
const cells = (line: string) =>
  line
    .replace(/^\s*\||\|\s*$/g, "")
    .split("|")
    .map((cell) => cell.trim());

/** The blocks of the small Markdown that our guides use: headings, lists, tables, fences, paragraphs. */
export function blocksOf(source: string): Block[] {
  const lines = source.replaceAll("\r", "").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const line = () => lines[at] ?? "";
  const taken = (test: (text: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && test(line())) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const heading = /^(#{1,6}) (.*)$/.exec(line());
    if (line().trim() === "") at++;
    else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
      at++;
    } else if (line().startsWith("```")) {
      at++;
      blocks.push({ kind: "code", text: taken((text) => !text.startsWith("```")).join("\n") });
      at++;
    } else if (line().startsWith("|")) {
      const [head = "", , ...rows] = taken((text) => text.startsWith("|"));
      blocks.push({ kind: "table", head: cells(head), rows: rows.map(cells) });
    } else if (isBullet(line()) || isNumber(line())) {
      const ordered = isNumber(line());
      const items: string[] = [];
      for (const text of taken((one) => isBullet(one) || isNumber(one) || /^\s+\S/.test(one))) {
        if (isBullet(text) || isNumber(text)) items.push(text.replace(/^\s*([-*]|\d+\.) /, ""));
        else items[items.length - 1] = `${items.at(-1) ?? ""} ${text.trim()}`;
      }
      blocks.push({ kind: "list", ordered, items });
    } else {
      const text = taken(
        (one) => one.trim() !== "" && !/^(#{1,6} |```|\|)/.test(one) && !isBullet(one) && !isNumber(one),
      );
      blocks.push({ kind: "paragraph", text: text.join(" ") });
    }
  }
  return blocks;
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

/** Code, bold, emphasis and links; everything else is text. Only https and our own paths become links. */
function inline(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [whole, code, bold, emphasis, label, href] = match;
    const key = match.index;
    if (code !== undefined) parts.push(<code key={key}>{code}</code>);
    else if (bold !== undefined) parts.push(<strong key={key}>{bold}</strong>);
    else if (emphasis !== undefined) parts.push(<em key={key}>{emphasis}</em>);
    else if (href !== undefined && /^(https:\/\/|\/(?!\/))/.test(href))
      parts.push(
        <a key={key} className="link" href={href} rel="noreferrer">
          {label}
        </a>,
      );
    else parts.push(label ?? whole);
  }
  parts.push(text.slice(from));
  return parts;
}

/** The address of a heading inside the page. */
export const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

/** Markdown as React elements: nothing in it can become markup of its own. The document's title is left out. */
export function Markdown({ source }: { source: string }) {
  return (
    <div className="grid max-w-prose gap-3">
      {blocksOf(source)
        .filter((block) => !(block.kind === "heading" && block.level === 1))
        .map((block, index) => (
          <BlockView key={`${block.kind}-${String(index)}`} block={block} />
        ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading": {
      const Heading = block.level <= 2 ? "h2" : "h3";
      return (
        <Heading id={anchorOf(block.text)} className="mt-3">
          {inline(block.text)}
        </Heading>
      );
    }
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List className={block.ordered ? "list-decimal pl-5" : "list-disc pl-5"}>
          {block.items.map((item) => (
            <li key={item}>{inline(item)}</li>
          ))}
        </List>
      );
    }
    case "table":
      return (
        <div className="scroll-x">
          <table className="tbl">
            <thead>
              <tr>
                {block.head.map((cell) => (
                  <th key={cell} scope="col">
                    {inline(cell)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row) => (
                <tr key={row.join("|")}>
                  {row.map((cell) => (
                    <td key={cell}>{inline(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "code":
      return (
        <pre className="scroll-x">
          <code>{block.text}</code>
        </pre>
      );
    case "paragraph":
      return <p>{inline(block.text)}</p>;
  }
}
