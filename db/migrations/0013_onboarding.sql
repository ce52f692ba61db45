CREATE TABLE "onboarding" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"application_id" uuid,
	"first_name" text NOT NULL,
	"last_name" text NOT NULL,
	"email" text,
	"status" text NOT NULL,
	"tasks" jsonb NOT NULL,
	"starts_on" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "onboarding_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "onboarding_status" CHECK ("onboarding"."status" in ('open', 'done', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "onboarding" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "inbound_quarantine" ADD COLUMN "unproven" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "onboarding" ADD CONSTRAINT "onboarding_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "onboarding_application" ON "onboarding" USING btree ("employer_id","application_id");--> statement-breakpoint
CREATE INDEX "onboarding_connection" ON "onboarding" USING btree ("employer_id","connection_id");--> statement-breakpoint
CREATE POLICY "tenant" ON "onboarding" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
-- Row-level security binds the owner of the table too.
ALTER TABLE "onboarding" FORCE ROW LEVEL SECURITY;
