CREATE TABLE "story_step" (
	"name" text PRIMARY KEY NOT NULL,
	"key" uuid NOT NULL,
	"made" text,
	"begun_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone
);
