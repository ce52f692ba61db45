ALTER TABLE "endpoint_secret" DROP CONSTRAINT "endpoint_secret_kind";--> statement-breakpoint
ALTER TABLE "delivery" ADD COLUMN "body" text;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "payload" text DEFAULT 'full' NOT NULL;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "template" text;--> statement-breakpoint
ALTER TABLE "endpoint" ADD COLUMN "conditions" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "endpoint" ADD CONSTRAINT "endpoint_payload" CHECK ("endpoint"."payload" in ('full', 'thin', 'template'));--> statement-breakpoint
ALTER TABLE "endpoint_secret" ADD CONSTRAINT "endpoint_secret_kind" CHECK ("endpoint_secret"."kind" in ('standard', 'legacy', 'ed25519', 'headers', 'auth', 'certificate'));