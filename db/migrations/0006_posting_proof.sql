ALTER TABLE "feed" ADD COLUMN "crawled_version" bigint;--> statement-breakpoint
ALTER TABLE "posting" ADD COLUMN "reason_field" text;--> statement-breakpoint
ALTER TABLE "posting" ADD COLUMN "sent_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "posting" ADD COLUMN "feed_version" bigint;