ALTER TABLE "document" ADD COLUMN "scan" text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE "document" ADD COLUMN "scan_note" text;--> statement-breakpoint
CREATE INDEX "document_scan" ON "document" USING btree ("employer_id","scan");--> statement-breakpoint
ALTER TABLE "document" ADD CONSTRAINT "document_scan_word" CHECK ("document"."scan" in ('none', 'waiting', 'clean', 'refused'));