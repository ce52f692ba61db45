DROP INDEX "delivery_order";--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "order_number" bigint;--> statement-breakpoint
CREATE INDEX "delivery_order" ON "delivery" USING btree ("employer_id","endpoint_id","order_key","order_number") WHERE "delivery"."order_key" is not null and "delivery"."next_attempt_at" is not null;--> statement-breakpoint
ALTER TABLE "endpoint" DROP COLUMN "held_by";--> statement-breakpoint
ALTER TABLE "endpoint" DROP COLUMN "held_until";
--> statement-breakpoint
-- Deliveries of an endpoint that wants order get their key and number where they are written, whoever writes them: the
-- lock on the key is held until the transaction ends, so that numbers rise in the order of commits.
CREATE FUNCTION delivery_in_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE how text;
BEGIN
  SELECT e.ordering INTO how FROM endpoint e WHERE e.employer_id = NEW.employer_id AND e.id = NEW.endpoint_id;
  IF how IS NULL OR how = 'none' THEN RETURN NEW; END IF;
  NEW.order_key := CASE how WHEN 'endpoint' THEN '*' ELSE coalesce(
    (SELECT v.subject_id::text FROM event v WHERE v.employer_id = NEW.employer_id AND v.id = NEW.event_id), '-') END;
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.endpoint_id::text || ' ' || NEW.order_key, 0));
  SELECT coalesce(max(d.order_number), 0) + 1 INTO NEW.order_number FROM delivery d
    WHERE d.employer_id = NEW.employer_id AND d.endpoint_id = NEW.endpoint_id AND d.order_key = NEW.order_key
      AND d.next_attempt_at IS NOT NULL;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER delivery_in_order BEFORE INSERT ON delivery FOR EACH ROW
  WHEN (NEW.next_attempt_at IS NOT NULL) EXECUTE FUNCTION delivery_in_order();
