CREATE TABLE "recovery" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"until" timestamp with time zone NOT NULL,
	"states" jsonb NOT NULL,
	"event_types" jsonb NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"note" text,
	"cursor" uuid NOT NULL,
	"found" integer DEFAULT 0 NOT NULL,
	"enqueued" integer DEFAULT 0 NOT NULL,
	"skipped" integer DEFAULT 0 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "recovery_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "recovery_state" CHECK ("recovery"."state" in ('running', 'done', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "recovery" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "schedule_from" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "resent_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "recovery_id" uuid;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "opened_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "warnings" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "off_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "missed_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "recovery" ADD CONSTRAINT "recovery_endpoint_fk" FOREIGN KEY ("employer_id","endpoint_id") REFERENCES "public"."endpoint"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "recovery_endpoint" ON "recovery" USING btree ("employer_id","endpoint_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "recovery_running" ON "recovery" USING btree ("employer_id","endpoint_id") WHERE state = 'running';--> statement-breakpoint
CREATE POLICY "tenant" ON "recovery" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));