ALTER TABLE "notification" DROP CONSTRAINT "notification_status";--> statement-breakpoint
ALTER TABLE "calendar_stream" ADD COLUMN "full_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "interview" ADD COLUMN "meeting" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "interview" ADD COLUMN "intent" text;--> statement-breakpoint
ALTER TABLE "interview" ADD COLUMN "wanted_starts_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "interview" ADD COLUMN "wanted_ends_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "interview" ADD COLUMN "attempted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "notification_waiting" ON "notification" USING btree ("employer_id","connection_id","status");--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_status" CHECK ("notification"."status" in ('queued', 'sending', 'sent', 'unclear', 'failed'));--> statement-breakpoint
ALTER TABLE "interview" ADD CONSTRAINT "interview_intent" CHECK ("interview"."intent" in ('book', 'move', 'cancel'));