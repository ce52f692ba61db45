DROP INDEX "delivery_due";--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "leased_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "order_key" text;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "rate_per_second" integer;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "concurrency" integer;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "ordering" text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "batch_events" integer;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "batch_seconds" integer;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "rate_next_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "held_by" uuid;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "held_until" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "delivery_order" ON "delivery" USING btree ("employer_id","endpoint_id","order_key","id") WHERE "delivery"."order_key" is not null and "delivery"."next_attempt_at" is not null;--> statement-breakpoint
CREATE INDEX "delivery_due" ON "delivery" USING btree ("employer_id","endpoint_id","next_attempt_at") WHERE "delivery"."next_attempt_at" is not null;--> statement-breakpoint
ALTER TABLE "endpoint" ADD CONSTRAINT "endpoint_ordering" CHECK ("endpoint"."ordering" in ('none', 'subject', 'endpoint'));
--> statement-breakpoint
-- Everything whose time has come, over all employers: one index probe per kind and employer, each under its own tenant.
-- Deliveries are not among it: the workers look for those by themselves (`due_endpoints`).
CREATE OR REPLACE FUNCTION due_work(until timestamptz, most int)
RETURNS TABLE (kind text, employer uuid, id uuid, name text) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE e uuid;
BEGIN
  FOR e IN SELECT employer.id FROM employer ORDER BY random() LOOP
    PERFORM set_config('app.employer_id', e::text, true);
    RETURN QUERY
      (SELECT 'sync', e, s.connection_id, s.resource FROM sync_stream s
        WHERE s.employer_id = e AND s.next_run_at <= until AND s.enabled ORDER BY s.next_run_at LIMIT most)
      UNION ALL
      (SELECT 'posting', e, p.id, p.vendor_id FROM posting p
        WHERE p.employer_id = e AND p.next_check_at <= until ORDER BY p.next_check_at LIMIT most)
      UNION ALL
      (SELECT 'calendar', e, c.connection_id, c.calendar_id FROM calendar_stream c
        WHERE c.employer_id = e AND c.next_run_at <= until ORDER BY c.next_run_at LIMIT most)
      UNION ALL
      (SELECT 'refresh', e, k.connection_id, k.field FROM credential k
        WHERE k.employer_id = e AND k.expires_at <= until + interval '15 minutes' AND k.status = 'live' ORDER BY k.expires_at LIMIT most)
      UNION ALL
      (SELECT 'subscription', e, u.id, u.target FROM subscription u
        WHERE u.employer_id = e AND u.expires_at <= until + interval '1 day' ORDER BY u.expires_at LIMIT most);
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
END $$;
--> statement-breakpoint
-- Endpoints that something waits for and nobody is sending, over all employers: one index probe per endpoint, each under
-- its own tenant. `oldest` is the first of what is due; older ids may come due after it.
CREATE FUNCTION due_endpoints(at timestamptz)
RETURNS TABLE (employer uuid, endpoint uuid, oldest uuid) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE e uuid;
BEGIN
  FOR e IN SELECT employer.id FROM employer ORDER BY random() LOOP
    PERFORM set_config('app.employer_id', e::text, true);
    RETURN QUERY
      SELECT e, p.id, d.id FROM endpoint p CROSS JOIN LATERAL (
        SELECT w.id FROM delivery w
        WHERE w.employer_id = e AND w.endpoint_id = p.id AND w.next_attempt_at <= at
          AND (w.leased_until IS NULL OR w.leased_until <= at)
        ORDER BY w.next_attempt_at LIMIT 1
      ) d
      WHERE p.employer_id = e AND (p.open_until IS NULL OR p.open_until <= at);
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
END $$;
