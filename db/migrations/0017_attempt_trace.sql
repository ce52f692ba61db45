ALTER TABLE "attempt" ADD COLUMN "phase" text;--> statement-breakpoint
ALTER TABLE "attempt" ADD COLUMN "timings" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "attempt" ADD COLUMN "remote_address" text;--> statement-breakpoint
ALTER TABLE "attempt" ADD COLUMN "response_truncated" boolean DEFAULT false NOT NULL;