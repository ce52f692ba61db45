import { z } from "zod";
import type { AuditFilter } from "./audit.server.ts";

const day = z.iso.date().optional().catch(undefined);
const query = z.object({
  q: z.string().trim().max(100).catch(""),
  who: z.enum(["person", "api", "system", "vendor"]).optional().catch(undefined),
  from: day,
  to: day,
  before: z.coerce.number().int().positive().optional().catch(undefined),
});

/** The filter that an address carries; both days count, in UTC. Also what the form shows. */
export function auditFilterOf(url: URL): {
  filter: AuditFilter & { before: number | undefined };
  shown: { q: string; who: string; from: string; to: string };
} {
  const { q, who, from, to, before } = query.parse(Object.fromEntries(url.searchParams));
  return {
    filter: {
      text: q || undefined,
      actorKind: who,
      from: from === undefined ? undefined : new Date(`${from}T00:00:00Z`),
      until: to === undefined ? undefined : new Date(Date.parse(`${to}T00:00:00Z`) + 24 * 3600 * 1000),
      before,
    },
    shown: { q, who: who ?? "", from: from ?? "", to: to ?? "" },
  };
}
