DROP FUNCTION due_endpoints(timestamptz);
--> statement-breakpoint
-- Endpoints that something waits for and nobody is sending, over all employers: one index probe per endpoint, each under
-- its own tenant. `oldest` is the first of what is due, and `since` when it became due: nothing became due before. Older ids
-- may come due after it.
CREATE FUNCTION due_endpoints(at timestamptz)
RETURNS TABLE (employer uuid, endpoint uuid, oldest uuid, since timestamptz) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE e uuid;
BEGIN
  FOR e IN SELECT employer.id FROM employer ORDER BY random() LOOP
    PERFORM set_config('app.employer_id', e::text, true);
    RETURN QUERY
      SELECT e, p.id, d.id, d.next_attempt_at FROM endpoint p CROSS JOIN LATERAL (
        SELECT w.id, w.next_attempt_at FROM delivery w
        WHERE w.employer_id = e AND w.endpoint_id = p.id AND w.next_attempt_at <= at
          AND (w.leased_until IS NULL OR w.leased_until <= at)
        ORDER BY w.next_attempt_at LIMIT 1
      ) d
      WHERE p.employer_id = e AND (p.open_until IS NULL OR p.open_until <= at);
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
END $$;
