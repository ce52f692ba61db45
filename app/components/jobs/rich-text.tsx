import { createElement, Fragment, type ReactNode } from "react";

const BLOCKS: ReadonlySet<string> = new Set(["p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a"]);
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };
const decode = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_all, name: string) => ENTITIES[name] ?? "");

interface Open {
  tag: string;
  href: string | undefined;
  children: ReactNode[];
}

/** The elements of sanitised HTML. Only the tags of descriptions become elements; anything else is left out. */
export function richTextNodes(html: string): ReactNode {
  const root: Open = { tag: "", href: undefined, children: [] };
  const stack: Open[] = [root];
  const top = () => stack.at(-1) ?? root;
  const add = (node: ReactNode) => top().children.push(node);
  const close = () => {
    const done = stack.pop();
    if (!done) return;
    const props = done.href === undefined ? {} : { href: done.href, rel: "nofollow noopener" };
    add(createElement(done.tag, { ...props, key: top().children.length }, ...done.children));
  };
  for (const [, slash, tag = "", attributes = "", text] of html.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>|([^<]+)/g)) {
    if (text !== undefined) add(decode(text));
    else if (tag === "br") add(<br key={top().children.length} />);
    else if (!BLOCKS.has(tag)) continue;
    else if (slash !== "/") {
      const href = tag === "a" ? decode(/ href="([^"]*)"/.exec(attributes)?.[1] ?? "") : undefined;
      stack.push({ tag, href: href && /^(https?:|mailto:|tel:)/i.test(href) ? href : undefined, children: [] });
    } else if (stack.length > 1 && top().tag === tag) close();
  }
  while (stack.length > 1) close();
  return createElement(Fragment, null, ...root.children);
}

/** A job's description as it is shown to readers. */
export function RichText({ html, className = "prose" }: { html: string; className?: string }) {
  return <div className={className}>{richTextNodes(html)}</div>;
}
