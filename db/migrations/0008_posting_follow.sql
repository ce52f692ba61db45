ALTER TABLE "posting" ADD COLUMN "external_data" jsonb;--> statement-breakpoint
ALTER TABLE "posting" ADD COLUMN "closing_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "posting" DROP COLUMN "external_version";