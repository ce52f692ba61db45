CREATE TABLE "disposition" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"application_id" uuid NOT NULL,
	"external_id" text NOT NULL,
	"is_new" boolean NOT NULL,
	"status" text NOT NULL,
	"stage" text,
	"at" timestamp with time zone NOT NULL,
	"state" text NOT NULL,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "disposition_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "disposition_status" CHECK ("disposition"."status" in ('active', 'hired', 'rejected', 'withdrawn')),
	CONSTRAINT "disposition_state" CHECK ("disposition"."state" in ('queued', 'sent', 'refused', 'unsent'))
);
--> statement-breakpoint
ALTER TABLE "disposition" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "disposition" ADD CONSTRAINT "disposition_application_fk" FOREIGN KEY ("employer_id","application_id") REFERENCES "public"."application"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "disposition" ADD CONSTRAINT "disposition_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "disposition_application" ON "disposition" USING btree ("employer_id","application_id");--> statement-breakpoint
CREATE INDEX "disposition_open" ON "disposition" USING btree ("employer_id","connection_id","state");--> statement-breakpoint
CREATE POLICY "tenant" ON "disposition" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));