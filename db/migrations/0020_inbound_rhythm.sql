CREATE TABLE "inbound_rhythm" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"hours" jsonb NOT NULL,
	"looked_hours" integer NOT NULL,
	"heard_hours" integer NOT NULL,
	"looked_until" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone,
	"surprise" double precision NOT NULL,
	"missed" double precision NOT NULL,
	"longest" double precision NOT NULL,
	"silent_since" timestamp with time zone,
	CONSTRAINT "inbound_rhythm_employer_id_connection_id_pk" PRIMARY KEY("employer_id","connection_id")
);
--> statement-breakpoint
ALTER TABLE "inbound_rhythm" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "inbound_rhythm" ADD CONSTRAINT "inbound_rhythm_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "tenant" ON "inbound_rhythm" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
ALTER TABLE "inbound_rhythm" FORCE ROW LEVEL SECURITY;
