import { and, asc, eq, gt, isNotNull, isNull, lt, or } from "drizzle-orm";
import { isbot } from "isbot";
import { loadAdapter } from "#app/integrations/adapters.server.ts";
import { postingModule } from "#app/integrations/choice.ts";
import { writeFeed } from "#app/integrations/kit/feed.server.ts";
import { withEmployer, withSystem } from "#db/client.server.ts";
import { connection } from "#db/schema/connections.ts";
import { employer } from "#db/schema/people.ts";
import { feed, posting } from "#db/schema/postings.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { idOf } from "./search-text.ts";
import { publicOrigin } from "./vendor-apps.server.ts";

/** Items read at once: what a feed costs in memory, however long it is. */
const PAGE = 200;
/** A change this young could share its second with another, so Last-Modified would not tell them apart. */
const SETTLED_MS = 2_000;

interface FeedHead {
  employerId: string;
  connectionId: string;
  name: string;
  slug: string;
  vendorId: string;
  config: Readonly<Record<string, unknown>>;
  /** 0 while nothing was ever put in. */
  version: number;
  changedAt: Date;
  crawledVersion: number | null;
}

/**
 * The feed at `/feeds/<employer>/<connection>.xml`: 200 streamed page by page, 304 when the reader has this version, 404
 * for an unknown employer, 410 for a connection that is gone. A reader who is no browser and reads to the end has crawled
 * it.
 */
export async function feedResponse(request: Request, slug: string, connectionId: string): Promise<Response> {
  const head = await feedHead(slug, connectionId);
  if (head === null) return new Response("There is no such feed.\n", { status: 404 });
  if (head === "gone") return new Response("This feed is gone.\n", { status: 410 });
  const headers = headersOf(head);
  if (isUnchanged(request, head)) {
    if (isCrawler(request)) await noteCrawl(head);
    return new Response(null, { status: 304, headers });
  }
  headers.set("content-type", "application/xml; charset=utf-8");
  if (request.method === "HEAD") return new Response(null, { headers });
  const adapter = await loadAdapter(head.vendorId);
  const board = adapter && postingModule(adapter, head.config);
  if (board?.way !== "feed") return new Response("There is no such feed.\n", { status: 404 });
  const envelope = board.envelope({
    name: head.name,
    siteUrl: `${publicOrigin()}/careers/${head.slug}`,
    updatedAt: head.changedAt,
  });
  const chunks = writeFeed(envelope, feedItems(head.employerId, head.connectionId));
  return new Response(
    streamOf(chunks, request.signal, () => (isCrawler(request) ? noteCrawl(head) : undefined)),
    {
      headers,
    },
  );
}

async function feedHead(slug: string, given: string): Promise<FeedHead | "gone" | null> {
  const [at] = await withSystem((tx) =>
    tx.select({ id: employer.id, name: employer.name }).from(employer).where(eq(employer.slug, slug)),
  );
  const connectionId = idOf(given);
  if (!at || !connectionId) return null;
  const [row] = await withEmployer(at.id, (tx) =>
    tx
      .select({
        vendorId: connection.vendorId,
        config: connection.config,
        createdAt: connection.createdAt,
        version: feed.version,
        changedAt: feed.changedAt,
        crawledVersion: feed.crawledVersion,
      })
      .from(connection)
      .leftJoin(feed, and(eq(feed.employerId, at.id), eq(feed.connectionId, connection.id)))
      .where(and(eq(connection.employerId, at.id), eq(connection.id, connectionId))),
  );
  if (!row) return "gone";
  return {
    employerId: at.id,
    connectionId,
    name: at.name,
    slug,
    vendorId: row.vendorId,
    config: row.config,
    version: row.version ?? 0,
    changedAt: row.changedAt ?? row.createdAt,
    crawledVersion: row.crawledVersion,
  };
}

const tagOf = (head: FeedHead) => `W/"${head.version}"`;

function headersOf(head: FeedHead): Headers {
  const headers = new Headers({ etag: tagOf(head), "cache-control": "no-cache" });
  if (Date.now() - head.changedAt.getTime() > SETTLED_MS) headers.set("last-modified", head.changedAt.toUTCString());
  return headers;
}

/** If-None-Match outweighs If-Modified-Since, which counts in whole seconds. */
function isUnchanged(request: Request, head: FeedHead): boolean {
  const tags = request.headers.get("if-none-match");
  if (tags !== null) {
    const wanted = `"${head.version}"`;
    return tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === wanted || tag.trim() === "*");
  }
  const since = Date.parse(request.headers.get("if-modified-since") ?? "");
  if (Number.isNaN(since) || Date.now() - head.changedAt.getTime() <= SETTLED_MS) return false;
  return Math.floor(head.changedAt.getTime() / 1000) * 1000 <= since;
}

/** People look at feeds too; only machines carry them to a board. */
function isCrawler(request: Request): boolean {
  if (request.method !== "GET" || request.headers.get("sec-fetch-dest") === "document") return false;
  const agent = request.headers.get("user-agent") ?? "";
  return isbot(agent) || !agent.includes("Mozilla/");
}

/** The items of a feed in the order of their postings, a page at a time: no transaction waits for a slow reader. */
export async function* feedItems(employerId: string, connectionId: string): AsyncGenerator<string> {
  let after: string | null = null;
  for (;;) {
    const last: string | null = after;
    const rows: { id: string; item: string | null }[] = await withEmployer(employerId, (tx) =>
      tx
        .select({ id: posting.id, item: posting.feedItem })
        .from(posting)
        .where(
          and(
            eq(posting.employerId, employerId),
            eq(posting.connectionId, connectionId),
            isNotNull(posting.feedItem),
            last === null ? undefined : gt(posting.id, last),
          ),
        )
        .orderBy(asc(posting.id))
        .limit(PAGE),
    );
    if (rows.length > 0) yield rows.map((row) => row.item ?? "").join("");
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.id ?? null;
  }
}

function streamOf(
  chunks: AsyncGenerator<string>,
  signal: AbortSignal,
  atEnd: () => Promise<void> | undefined,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = signal.aborted ? null : await chunks.next();
        if (next && !next.done) return controller.enqueue(encoder.encode(next.value));
        if (next && !signal.aborted) await atEnd();
        controller.close();
      },
      async cancel() {
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
}

/** The board holds this version now; its postings hear of it in a job. */
async function noteCrawl(head: FeedHead): Promise<void> {
  const { employerId, connectionId, version } = head;
  if (version === 0 || (head.crawledVersion ?? 0) >= version) return;
  await withEmployer(employerId, async (tx) => {
    const [row] = await tx
      .update(feed)
      .set({ crawledVersion: version, lastCrawledAt: new Date() })
      .where(
        and(
          eq(feed.employerId, employerId),
          eq(feed.connectionId, connectionId),
          or(isNull(feed.crawledVersion), lt(feed.crawledVersion, version)),
        ),
      )
      .returning({ version: feed.version });
    if (row) await enqueue(tx, "feed-crawled", { employerId, connectionId });
  });
}
