import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import postgres from "postgres";
import { z } from "zod";

/** The other side of the inbound row: a handler that reads the body, inserts one row and answers. */
const { database, pool } = z
  .object({ database: z.string(), pool: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ""));
const sql = postgres(database, { max: pool, onnotice: () => {} });

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  await sql`insert into bare_inbound (id, body) values (${randomUUID()}, ${Buffer.concat(chunks)})`;
  response.writeHead(200).end();
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" && address ? address.port : 0 });
});
