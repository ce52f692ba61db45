ALTER TABLE "document" ADD COLUMN "key_id" text NOT NULL;--> statement-breakpoint
ALTER TABLE "document" ADD COLUMN "nonce" "bytea" NOT NULL;--> statement-breakpoint
ALTER TABLE "document" ADD COLUMN "ciphertext" "bytea" NOT NULL;--> statement-breakpoint
CREATE INDEX "document_key" ON "document" USING btree ("employer_id","key_id");