-- Whose each address is and the one sealed secret (`fields`, beside `lookups`) with which its vendor signs, for many
-- requests at once: every employer's rows are read under that employer.
CREATE FUNCTION inbound_owners(lookups text[], fields text[])
RETURNS TABLE (lookup text, employer_id uuid, connection_id uuid, vendor_id text, environment text, key_id text, nonce bytea, ciphertext bytea)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE r record;
BEGIN
  FOR r IN
    SELECT l.lookup, l.field, i.employer_id AS employer, i.connection_id AS connection, i.vendor_id AS vendor
    FROM unnest(lookups, fields) AS l(lookup, field) JOIN inbound_route i ON i.lookup = l.lookup
    ORDER BY i.employer_id
  LOOP
    PERFORM set_config('app.employer_id', r.employer::text, true);
    RETURN QUERY
      SELECT r.lookup, r.employer, r.connection, r.vendor, c.environment, k.key_id, k.nonce, k.ciphertext
      FROM connection c
      LEFT JOIN credential k ON k.employer_id = c.employer_id AND k.connection_id = c.id AND k.field = r.field
      WHERE c.employer_id = r.employer AND c.id = r.connection;
  END LOOP;
  PERFORM set_config('app.employer_id', '', true);
END $$;
