ALTER TABLE "event" ADD COLUMN "erased_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "event_subject" ON "event" USING btree ("employer_id","subject_id");
--> statement-breakpoint
-- One daily partition: made apart, closed, then attached, so that readers and writers of the parent go on. Rows that came
-- while it was missing are moved over from the default partition. A lock that is not free soon is an error: try again.
CREATE FUNCTION make_partition(parent text, day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
DECLARE
  child text := parent || '_' || to_char(day, 'YYYYMMDD');
  rest text := parent || '_other';
  low uuid := uuid_floor(day::timestamp AT TIME ZONE 'UTC');
  high uuid := uuid_floor((day + 1)::timestamp AT TIME ZONE 'UTC');
  role text;
BEGIN
  IF parent NOT IN ('event', 'delivery', 'attempt', 'inbound_delivery') THEN RAISE EXCEPTION '% has no daily partitions', parent; END IF;
  IF to_regclass(quote_ident(child)) IS NOT NULL THEN RETURN false; END IF;
  -- Storage parameters are not inherited: without these a busy day is vacuumed only after a fifth of it is dead.
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)
    WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)', child, parent);
  IF pg_relation_size(quote_ident(rest)::regclass) > 0 THEN
    -- The owner too sees no row of a partition by its own name while row security is forced.
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', rest);
    EXECUTE format('WITH moved AS (DELETE FROM %I WHERE id >= %L AND id < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
      rest, low, high, child);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', rest);
  END IF;
  -- Row security without a policy closes the way round the parent's policy, and nobody but the owner has rights here.
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
  EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
  FOR role IN
    SELECT DISTINCT a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.oid = quote_ident(child)::regclass AND a.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('REVOKE ALL ON %I FROM %s', child, role);
  END LOOP;
  EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, child, low, high);
  RETURN true;
END $$;
--> statement-breakpoint
-- Daily partitions from yesterday to `days` ahead.
CREATE OR REPLACE FUNCTION ensure_partitions(days int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  today date := (now() AT TIME ZONE 'UTC')::date;
  parent text;
  day date;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
  FOREACH parent IN ARRAY ARRAY['event', 'delivery', 'attempt', 'inbound_delivery'] LOOP
    FOR day IN SELECT generate_series(today - 1, today + days, '1 day')::date LOOP
      IF make_partition(parent, day) THEN made := made + 1; END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
-- Takes a partition out of its table when all of its rows are older than `keep` days; never one of the last week. A table
-- with a default partition cannot be detached from concurrently, so this asks for its lock for a moment only: who gets
-- an error tries again.
CREATE FUNCTION detach_partition(child text, keep int) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
  parent text := regexp_replace(child, '_\d{8}$', '');
  expired date := (now() AT TIME ZONE 'UTC')::date - greatest(keep, 7);
BEGIN
  IF parent NOT IN ('event', 'delivery', 'attempt', 'inbound_delivery') OR to_date(right(child, 8), 'YYYYMMDD') >= expired THEN
    RAISE EXCEPTION '% is not an expired partition', child;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(quote_ident(child)) AND inhparent = quote_ident(parent)::regclass) THEN
    RETURN false;
  END IF;
  EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, child);
  RETURN true;
END $$;
--> statement-breakpoint
-- Drops what was detached, also what a process that died left behind. Returns how many tables went.
CREATE FUNCTION drop_detached() RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  child name;
  dropped int := 0;
BEGIN
  FOR child IN
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition
      AND relname ~ '^(event|delivery|attempt|inbound_delivery)_\d{8}$'
      AND to_date(right(relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - 7
  LOOP
    EXECUTE format('DROP TABLE %I', child);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
--> statement-breakpoint
DO $$
DECLARE child regclass;
BEGIN
  FOR child IN
    SELECT i.inhrelid FROM pg_inherits i
    WHERE i.inhparent IN ('event'::regclass, 'delivery'::regclass, 'attempt'::regclass, 'inbound_delivery'::regclass)
  LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.05,
      autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)', child);
  END LOOP;
END $$;
--> statement-breakpoint
-- Few rows, changed with every delivery, call or refresh.
ALTER TABLE endpoint SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
ALTER TABLE rate_budget SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
ALTER TABLE worker_heartbeat SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
--> statement-breakpoint
ALTER TABLE credential SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
