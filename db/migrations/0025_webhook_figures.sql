-- Figures about outgoing webhooks over all employers, each counted under its own tenant; nothing in them names one.
-- `since` bounds what is counted of attempts. Histogram rows carry the upper bound of their bucket, in seconds.
CREATE FUNCTION webhook_figures(at timestamptz, since timestamptz)
RETURNS TABLE (figure text, label text, value double precision) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE e uuid;
BEGIN
  FOR e IN SELECT employer.id FROM employer LOOP
    PERFORM set_config('app.employer_id', e::text, true);
    RETURN QUERY
      (SELECT 'waiting', d.state, count(*)::double precision FROM delivery d
        WHERE d.employer_id = e AND d.next_attempt_at IS NOT NULL GROUP BY d.state)
      UNION ALL
      (SELECT 'attempts', a.outcome, count(*)::double precision FROM attempt a
        WHERE a.employer_id = e AND a.id >= uuid_floor(since) GROUP BY a.outcome)
      UNION ALL
      (SELECT 'first_attempt', b.le::text, count(*) FILTER (WHERE f.seconds <= b.le)::double precision
        FROM (SELECT extract(epoch FROM a.started_at - d.created_at) AS seconds FROM attempt a
          JOIN delivery d ON d.employer_id = e AND d.id = a.delivery_id
          WHERE a.employer_id = e AND a.id >= uuid_floor(since) AND a.number = 1) f
        CROSS JOIN unnest(ARRAY[0.005, 0.015, 0.05, 0.1, 0.5, 1, 5, 15, 60, 'Infinity'::numeric]) AS b (le) GROUP BY b.le)
      UNION ALL
      (SELECT 'first_attempt_sum', '', coalesce(sum(extract(epoch FROM a.started_at - d.created_at)), 0)::double precision
        FROM attempt a JOIN delivery d ON d.employer_id = e AND d.id = a.delivery_id
        WHERE a.employer_id = e AND a.id >= uuid_floor(since) AND a.number = 1);
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
END $$;
--> statement-breakpoint
-- Seconds since the oldest delivery became due that could have gone out: of endpoints that are on, whose breaker is closed
-- and that nobody asked to be slow with. Null when nothing is due.
CREATE FUNCTION webhook_queue_age(at timestamptz) RETURNS double precision LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  e uuid;
  due timestamptz;
  oldest timestamptz;
BEGIN
  FOR e IN SELECT employer.id FROM employer LOOP
    PERFORM set_config('app.employer_id', e::text, true);
    SELECT min(w.next_attempt_at) INTO due FROM endpoint p CROSS JOIN LATERAL (
      SELECT d.next_attempt_at FROM delivery d
      WHERE d.employer_id = e AND d.endpoint_id = p.id AND d.next_attempt_at <= at
        AND (d.leased_until IS NULL OR d.leased_until <= at)
      ORDER BY d.next_attempt_at LIMIT 1
    ) w
    WHERE p.employer_id = e AND p.state <> 'off' AND (p.open_until IS NULL OR p.open_until <= at)
      AND p.rate_per_second IS NULL AND p.concurrency IS NULL AND p.batch_events IS NULL AND p.ordering = 'none';
    oldest := least(oldest, due);
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
  RETURN extract(epoch FROM at - oldest);
END $$;
