ALTER TABLE "posting" DROP CONSTRAINT "posting_connection_fk";
--> statement-breakpoint
ALTER TABLE "posting" ADD COLUMN "disconnected_label" text;--> statement-breakpoint
ALTER TABLE "posting" ADD COLUMN "disconnected_at" timestamp with time zone;