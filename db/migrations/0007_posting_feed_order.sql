DROP INDEX "posting_connection";--> statement-breakpoint
CREATE INDEX "posting_connection" ON "posting" USING btree ("employer_id","connection_id","id");