CREATE TABLE "inbox" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"token" text NOT NULL,
	"answer_status" integer DEFAULT 200 NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "inbox" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inbox_request" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"inbox_id" uuid NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"method" text NOT NULL,
	"path" text NOT NULL,
	"headers" jsonb NOT NULL,
	"body" text NOT NULL,
	"bytes" integer NOT NULL,
	"cut" boolean DEFAULT false NOT NULL,
	"verified" boolean NOT NULL,
	"verdict" text NOT NULL,
	"answered" integer NOT NULL,
	CONSTRAINT "inbox_request_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "inbox_request" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "portal_link" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"sha256" text NOT NULL,
	"endpoint_id" uuid,
	"access" text NOT NULL,
	"created_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"opened_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "portal_link_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "portal_link_access" CHECK ("portal_link"."access" in ('read', 'manage'))
);
--> statement-breakpoint
ALTER TABLE "portal_link" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "kind" text DEFAULT 'endpoint' NOT NULL;--> statement-breakpoint
ALTER TABLE "event" ADD COLUMN "test" boolean DEFAULT false NOT NULL;--> statement-breakpoint
-- What is there already counts as written first; a volatile default would write every row anew.
ALTER TABLE "event" ADD COLUMN "written" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "event" ALTER COLUMN "written" SET DEFAULT (pg_current_xact_id()::text)::bigint;--> statement-breakpoint
ALTER TABLE "inbox" ADD CONSTRAINT "inbox_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbox_request" ADD CONSTRAINT "inbox_request_inbox_fk" FOREIGN KEY ("employer_id","inbox_id") REFERENCES "public"."inbox"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_link" ADD CONSTRAINT "portal_link_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "portal_link" ADD CONSTRAINT "portal_link_endpoint_fk" FOREIGN KEY ("employer_id","endpoint_id") REFERENCES "public"."endpoint"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "inbox_token" ON "inbox" USING btree ("employer_id","token");--> statement-breakpoint
CREATE INDEX "inbox_request_inbox" ON "inbox_request" USING btree ("employer_id","inbox_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "portal_link_hash" ON "portal_link" USING btree ("employer_id","sha256");--> statement-breakpoint
CREATE INDEX "event_written" ON "event" USING btree ("employer_id","written","id");--> statement-breakpoint
ALTER TABLE "endpoint" ADD CONSTRAINT "endpoint_kind" CHECK ("endpoint"."kind" in ('endpoint', 'hook'));--> statement-breakpoint
CREATE POLICY "tenant" ON "inbox" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "inbox_request" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "portal_link" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
-- Row-level security binds the owner of the tables too.
ALTER TABLE "inbox" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "inbox_request" FORCE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "portal_link" FORCE ROW LEVEL SECURITY;
