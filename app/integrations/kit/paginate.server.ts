import type { HttpRequest, Pagination } from "../contract/ctx.ts";
import { IntegrationError } from "../contract/errors.ts";
import { at, textAt } from "./paths.ts";
import { countAt, lostPosition } from "./position.server.ts";

const firstOf = (how: Pagination) => (how.by === "page" ? 1 : 0);

/** The request of the page that `request.cursor` stands for; the cursor is what `nextCursor` returned. */
export function pageRequest(request: HttpRequest, how: Pagination): HttpRequest {
  const cursor = request.cursor ?? null;
  switch (how.by) {
    case "link-header":
    case "next-url": {
      if (cursor === null) return request;
      if (!URL.canParse(cursor)) throw lostPosition();
      const { query: _query, ...rest } = request;
      return { ...rest, url: cursor };
    }
    case "cursor":
      return cursor === null ? request : { ...request, query: { ...request.query, [how.param]: cursor } };
    case "page":
    case "offset": {
      const size = how.sizeParam ? { [how.sizeParam]: how.size } : {};
      return { ...request, query: { ...request.query, ...size, [how.param]: countAt(cursor, firstOf(how)) } };
    }
  }
}

/** Where the next page is, or null on the last. `resolve` turns a link into a checked vendor URL. */
export function nextCursor(
  request: HttpRequest,
  how: Pagination,
  answer: { body: unknown; headers: Headers },
  resolve: (link: string) => string,
): string | null {
  switch (how.by) {
    case "link-header": {
      const link = nextLink(answer.headers.get("link") ?? "");
      return link === null ? null : resolve(link);
    }
    case "next-url": {
      const link = textAt(answer.body, how.at);
      return link ? resolve(link) : null;
    }
    case "cursor":
      return textAt(answer.body, how.at) || null;
    case "page":
    case "offset": {
      const items = at(answer.body, how.itemsAt ?? "");
      if (!Array.isArray(items))
        throw new IntegrationError("contract", `The answer has no list at ${how.itemsAt ?? "its root"}.`, {
          field: how.itemsAt ?? "",
        });
      if (items.length < how.size) return null;
      const position = countAt(request.cursor, firstOf(how));
      return String(position + (how.by === "page" ? 1 : items.length));
    }
  }
}

/** The target of `rel="next"` in an RFC 8288 Link header, or null. */
export function nextLink(header: string): string | null {
  for (const [, target, params] of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s,;"]+))*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s,;"]+))/i.exec(params ?? "");
    if ((rel?.[1] ?? rel?.[2] ?? "").toLowerCase().split(/\s+/).includes("next")) return target ?? null;
  }
  return null;
}
