-- Row security binds the tables' owner too. Superusers stay above it: the app refuses to run as one.
DO $$
DECLARE t record;
BEGIN
  FOR t IN SELECT DISTINCT schemaname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', t.schemaname, t.tablename);
  END LOOP;
END $$;
--> statement-breakpoint
-- The smallest UUIDv7 of an instant: ids carry their time, so tables partition by their own key.
CREATE FUNCTION uuid_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
--> statement-breakpoint
-- Daily partitions from yesterday to `days` ahead. Row security without a policy on each closes the way round the parent's policy.
CREATE FUNCTION ensure_partitions(days int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  parent text;
  day date;
  child text;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
  FOREACH parent IN ARRAY ARRAY['event', 'delivery', 'attempt', 'inbound_delivery'] LOOP
    FOR day IN SELECT generate_series((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + days, '1 day')::date LOOP
      child := parent || '_' || to_char(day, 'YYYYMMDD');
      IF to_regclass(child) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', child, parent,
          uuid_floor(day::timestamp AT TIME ZONE 'UTC'), uuid_floor((day + 1)::timestamp AT TIME ZONE 'UTC'));
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', child);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', child);
        made := made + 1;
      END IF;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
--> statement-breakpoint
DO $$
DECLARE parent text;
BEGIN
  FOREACH parent IN ARRAY ARRAY['event', 'delivery', 'attempt', 'inbound_delivery'] LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', parent || '_other', parent);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', parent || '_other');
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', parent || '_other');
  END LOOP;
  PERFORM ensure_partitions(14);
END $$;
--> statement-breakpoint
-- Everything whose time has come, over all employers: one index probe per kind and employer, each under its own tenant.
CREATE FUNCTION due_work(until timestamptz, most int)
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
        WHERE u.employer_id = e AND u.expires_at <= until + interval '1 day' ORDER BY u.expires_at LIMIT most)
      UNION ALL
      (SELECT 'delivery', e, d.id, d.event_type FROM delivery d
        WHERE d.employer_id = e AND d.next_attempt_at <= until ORDER BY d.next_attempt_at LIMIT most);
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
END $$;
--> statement-breakpoint
-- Take `cost` calls from every bucket of a scope, or from none. Returns null when taken, else when to come back.
-- `reserve` (0 to 1) is the share of each bucket that this caller must leave to others.
CREATE FUNCTION take_budget(p_scope text, p_seconds int[], p_limits int[], p_cost int, p_reserve float)
RETURNS timestamptz LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  wait_until timestamptz;
BEGIN
  INSERT INTO rate_budget (scope, seconds, window_start, used)
    SELECT p_scope, s, moment, 0 FROM unnest(p_seconds) AS s ON CONFLICT DO NOTHING;
  PERFORM 1 FROM rate_budget b WHERE b.scope = p_scope ORDER BY b.seconds FOR UPDATE;
  moment := clock_timestamp();
  UPDATE rate_budget b SET window_start = moment, used = 0
    WHERE b.scope = p_scope AND b.window_start + make_interval(secs => b.seconds) <= moment;
  SELECT max(greatest(
      CASE WHEN b.blocked_until > moment THEN b.blocked_until END,
      CASE WHEN b.used + p_cost > greatest(1, floor(l.most * (1 - p_reserve))) THEN b.window_start + make_interval(secs => b.seconds) END))
    INTO wait_until
    FROM rate_budget b JOIN unnest(p_seconds, p_limits) AS l(seconds, most) USING (seconds)
    WHERE b.scope = p_scope;
  IF wait_until IS NOT NULL THEN RETURN wait_until; END IF;
  UPDATE rate_budget b SET used = b.used + p_cost WHERE b.scope = p_scope;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- The audit log only grows. Rows go with their employer and in no other way.
CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'the audit log only grows';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_only_grows();
