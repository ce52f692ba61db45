import { z } from "zod";
import type { Signature } from "#app/integrations/contract/signature.ts";
import { open } from "#app/platform/crypto.server.ts";
import { sql } from "#db/client.server.ts";
import { batched } from "./batch.server.ts";
import { secretSourceOf } from "./inbound-secrets.server.ts";

/** The connection to which a request belongs, as far as verifying and storing it needs to know. */
export interface InboundOwner {
  employerId: string;
  id: string;
  vendorId: string;
  environment: string;
  /** The secret that the connection itself keeps for checking signatures; null where there is none. */
  secret: string | null;
}

interface Wanted {
  lookup: string;
  field: string;
}

const rowSchema = z.object({
  lookup: z.string(),
  employer_id: z.string(),
  connection_id: z.string(),
  vendor_id: z.string(),
  environment: z.string(),
  key_id: z.string().nullable(),
  nonce: z.instanceof(Uint8Array).nullable(),
  ciphertext: z.instanceof(Uint8Array).nullable(),
});
type Row = z.output<typeof rowSchema>;

/** Requests of all employers that come together are looked up by one statement. Nothing is remembered between them. */
const find = batched<Wanted, Row | null>(
  async (_all, wanted) => {
    const unique = [...new Map(wanted.map((one) => [one.lookup, one])).values()];
    const found = await sql`
      select * from inbound_owners(${unique.map(({ lookup }) => lookup)}, ${unique.map(({ field }) => field)})`;
    const rows = new Map(found.map((one) => rowSchema.parse(one)).map((row) => [row.lookup, row]));
    return wanted.map(({ lookup }) => rows.get(lookup) ?? null);
  },
  { windowMs: 0, most: 100 },
);

/** The owner of the first of these lookups that has one, read now; its secret is opened for this request alone. */
export async function findOwner(lookups: readonly string[], signature: Signature): Promise<InboundOwner | null> {
  const source = secretSourceOf(signature);
  const field = source?.of === "connection" ? source.field : "";
  const rows = await Promise.all(lookups.map((lookup) => find("all", { lookup, field })));
  const row = rows.find((one) => one !== null);
  if (!row) return null;
  const { employer_id: employerId, connection_id: id, vendor_id: vendorId, environment } = row;
  const { key_id: keyId, nonce, ciphertext } = row;
  const sealed = keyId !== null && nonce !== null && ciphertext !== null ? { keyId, nonce, ciphertext } : null;
  const secret = sealed && open(sealed, { employerId, ownerId: id, field });
  return { employerId, id, vendorId, environment, secret };
}
