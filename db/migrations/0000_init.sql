CREATE TABLE "activity" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"connection_id" uuid,
	"subject_kind" text,
	"subject_id" uuid,
	"kind" text NOT NULL,
	"tone" text DEFAULT 'idle' NOT NULL,
	"who" text NOT NULL,
	"what" text NOT NULL,
	"href" text,
	CONSTRAINT "activity_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "activity_tone" CHECK ("activity"."tone" in ('ok', 'idle', 'run', 'warn', 'bad'))
);
--> statement-breakpoint
ALTER TABLE "activity" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "call_stat" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"succeeded" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"milliseconds" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "call_stat_employer_id_connection_id_hour_pk" PRIMARY KEY("employer_id","connection_id","hour")
);
--> statement-breakpoint
ALTER TABLE "call_stat" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "connection" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"vendor_id" text NOT NULL,
	"environment" text NOT NULL,
	"label" text NOT NULL,
	"state" text NOT NULL,
	"state_reason" text,
	"state_detail" text,
	"state_since" timestamp with time zone DEFAULT now() NOT NULL,
	"resume_state" text,
	"account_id" text,
	"account_name" text,
	"config" jsonb NOT NULL,
	"setup" jsonb NOT NULL,
	"grant" jsonb NOT NULL,
	"features" jsonb NOT NULL,
	"failing_since" timestamp with time zone,
	"consecutive_failures" integer DEFAULT 0 NOT NULL,
	"last_success_at" timestamp with time zone,
	"last_tested_at" timestamp with time zone,
	"created_by" uuid,
	"paused_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "connection_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "connection_state" CHECK ("connection"."state" in ('added', 'needs_setup', 'active', 'degraded', 'needs_reconnect', 'paused_by_user', 'disconnecting'))
);
--> statement-breakpoint
ALTER TABLE "connection" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "credential" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"field" text NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"lease_owner" text,
	"lease_until" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"scopes" jsonb,
	"status" text DEFAULT 'live' NOT NULL,
	"status_reason" text,
	"last_verified_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "credential_employer_id_connection_id_field_pk" PRIMARY KEY("employer_id","connection_id","field"),
	CONSTRAINT "credential_status" CHECK ("credential"."status" in ('live', 'revoked'))
);
--> statement-breakpoint
ALTER TABLE "credential" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inbound_route" (
	"lookup" text PRIMARY KEY NOT NULL,
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"vendor_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "issue" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid,
	"type" text NOT NULL,
	"cause_key" text NOT NULL,
	"severity" text NOT NULL,
	"title" text NOT NULL,
	"detail" text NOT NULL,
	"fix_label" text,
	"fix_href" text,
	"affected" jsonb NOT NULL,
	"occurrences" integer DEFAULT 1 NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"told_at" timestamp with time zone,
	"told_whom" text,
	"snoozed_until" timestamp with time zone,
	"resolved_at" timestamp with time zone,
	"resolved_key" text DEFAULT '' NOT NULL,
	CONSTRAINT "issue_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "issue_severity" CHECK ("issue"."severity" in ('warn', 'bad'))
);
--> statement-breakpoint
ALTER TABLE "issue" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notification" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"rule_id" uuid NOT NULL,
	"destination_id" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"link_label" text,
	"link_url" text,
	"status" text DEFAULT 'queued' NOT NULL,
	"external_id" text,
	"error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	CONSTRAINT "notification_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "notification_once" UNIQUE("employer_id","event_id","rule_id"),
	CONSTRAINT "notification_status" CHECK ("notification"."status" in ('queued', 'sending', 'sent', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "notification" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notification_rule" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"event_type" text NOT NULL,
	"destination_id" text NOT NULL,
	"destination_name" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notification_rule_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "notification_rule_once" UNIQUE("employer_id","connection_id","event_type","destination_id")
);
--> statement-breakpoint
ALTER TABLE "notification_rule" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "oauth_flow" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"state_hash" text NOT NULL,
	"session_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"redirect_uri" text NOT NULL,
	"return_to" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "oauth_flow_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "oauth_flow_state" UNIQUE("employer_id","state_hash")
);
--> statement-breakpoint
ALTER TABLE "oauth_flow" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "rate_budget" (
	"scope" text NOT NULL,
	"seconds" integer NOT NULL,
	"window_start" timestamp with time zone NOT NULL,
	"used" integer NOT NULL,
	"blocked_until" timestamp with time zone,
	CONSTRAINT "rate_budget_scope_seconds_pk" PRIMARY KEY("scope","seconds")
);
--> statement-breakpoint
CREATE TABLE "subscription" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"target" text DEFAULT '' NOT NULL,
	"external_id" text NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"data" jsonb NOT NULL,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "subscription_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "subscription_target" UNIQUE("employer_id","connection_id","target")
);
--> statement-breakpoint
ALTER TABLE "subscription" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "vendor_app" (
	"vendor_id" text NOT NULL,
	"environment" text NOT NULL,
	"field" text NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"updated_by" uuid,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "vendor_app_vendor_id_environment_field_pk" PRIMARY KEY("vendor_id","environment","field")
);
--> statement-breakpoint
CREATE TABLE "application" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"candidate_id" uuid NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"stage_id" uuid,
	"stage_name" text,
	"source" text NOT NULL,
	"posting_id" uuid,
	"cover_letter" text,
	"answers" jsonb NOT NULL,
	"rejected_reason" text,
	"applied_at" timestamp with time zone NOT NULL,
	"dedupe_key" text NOT NULL,
	"connection_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "application_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "application_status" CHECK ("application"."status" in ('active', 'hired', 'rejected', 'withdrawn'))
);
--> statement-breakpoint
ALTER TABLE "application" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "candidate" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"first_name" text NOT NULL,
	"last_name" text NOT NULL,
	"email" text,
	"emails" jsonb NOT NULL,
	"phones" jsonb NOT NULL,
	"headline" text,
	"links" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "candidate_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "candidate" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "document" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"candidate_id" uuid NOT NULL,
	"application_id" uuid,
	"kind" text NOT NULL,
	"file_name" text NOT NULL,
	"content_type" text NOT NULL,
	"bytes" integer NOT NULL,
	"sha256" text NOT NULL,
	"storage_key" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "document_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "document" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "job" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"slug" text NOT NULL,
	"title" text NOT NULL,
	"description_html" text NOT NULL,
	"status" text NOT NULL,
	"departments" jsonb NOT NULL,
	"locations" jsonb NOT NULL,
	"remote" text NOT NULL,
	"employment" text NOT NULL,
	"experience" text,
	"category" text,
	"salary_min" bigint,
	"salary_max" bigint,
	"salary_currency" text,
	"salary_period" text,
	"openings" integer DEFAULT 1 NOT NULL,
	"valid_through" timestamp with time zone,
	"requisition" text,
	"origin" text NOT NULL,
	"connection_id" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"close_reason" text,
	CONSTRAINT "job_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "job_slug" UNIQUE("employer_id","slug"),
	CONSTRAINT "job_status" CHECK ("job"."status" in ('draft', 'open', 'closed', 'archived')),
	CONSTRAINT "job_remote" CHECK ("job"."remote" in ('on_site', 'hybrid', 'remote')),
	CONSTRAINT "job_employment" CHECK ("job"."employment" in ('full_time', 'part_time', 'contract', 'temporary', 'internship', 'volunteer', 'other')),
	CONSTRAINT "job_origin" CHECK ("job"."origin" in ('portal', 'sync', 'api'))
);
--> statement-breakpoint
ALTER TABLE "job" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "message" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"sender" text NOT NULL,
	"body" text NOT NULL,
	"external_id" text NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	CONSTRAINT "message_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "message_once" UNIQUE("employer_id","connection_id","external_id")
);
--> statement-breakpoint
ALTER TABLE "message" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "stage" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"connection_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "stage_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "stage" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calendar_event" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"calendar_id" text NOT NULL,
	"external_id" text NOT NULL,
	"status" text NOT NULL,
	"starts_at" timestamp with time zone,
	"ends_at" timestamp with time zone,
	"etag" text,
	"attendees" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calendar_event_pk" PRIMARY KEY("employer_id","connection_id","calendar_id","external_id")
);
--> statement-breakpoint
ALTER TABLE "calendar_event" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "calendar_stream" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"calendar_id" text NOT NULL,
	"name" text NOT NULL,
	"time_zone" text NOT NULL,
	"writable" boolean NOT NULL,
	"token" text,
	"next_run_at" timestamp with time zone,
	"last_synced_at" timestamp with time zone,
	"error" text,
	CONSTRAINT "calendar_stream_employer_id_connection_id_calendar_id_pk" PRIMARY KEY("employer_id","connection_id","calendar_id")
);
--> statement-breakpoint
ALTER TABLE "calendar_stream" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "interview" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"application_id" uuid NOT NULL,
	"title" text NOT NULL,
	"state" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"time_zone" text NOT NULL,
	"location" text,
	"notes" text,
	"connection_id" uuid,
	"calendar_id" text,
	"uid" text NOT NULL,
	"external_id" text,
	"etag" text,
	"join_url" text,
	"error" text,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "interview_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "interview_uid" UNIQUE("employer_id","uid"),
	CONSTRAINT "interview_state" CHECK ("interview"."state" in ('booking', 'booked', 'moved', 'cancelling', 'cancelled', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "interview" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "interview_attendee" (
	"employer_id" uuid NOT NULL,
	"interview_id" uuid NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	CONSTRAINT "interview_attendee_employer_id_interview_id_email_pk" PRIMARY KEY("employer_id","interview_id","email"),
	CONSTRAINT "interview_attendee_role" CHECK ("interview_attendee"."role" in ('candidate', 'interviewer'))
);
--> statement-breakpoint
ALTER TABLE "interview_attendee" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "account" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" uuid NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_key" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"sha256" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_by" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_key_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "api_key" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "audit_entry" (
	"employer_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"actor_kind" text NOT NULL,
	"actor_id" text,
	"actor_name" text NOT NULL,
	"action" text NOT NULL,
	"subject_kind" text,
	"subject_id" text,
	"subject_name" text,
	"data" jsonb NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "audit_entry_employer_id_seq_pk" PRIMARY KEY("employer_id","seq"),
	CONSTRAINT "audit_actor_kind" CHECK ("audit_entry"."actor_kind" in ('person', 'api', 'system', 'vendor'))
);
--> statement-breakpoint
ALTER TABLE "audit_entry" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "employer" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"logo" text,
	"metadata" text,
	"website" text,
	"about" text,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "employer_slug_unique" UNIQUE("slug")
);
--> statement-breakpoint
CREATE TABLE "idempotency_key" (
	"employer_id" uuid NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" integer,
	"body" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_key_employer_id_key_pk" PRIMARY KEY("employer_id","key")
);
--> statement-breakpoint
ALTER TABLE "idempotency_key" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "invitation" (
	"id" uuid PRIMARY KEY NOT NULL,
	"employer_id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" text,
	"status" text DEFAULT 'pending' NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"inviter_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "member" (
	"id" uuid PRIMARY KEY NOT NULL,
	"employer_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "member_once" UNIQUE("employer_id","user_id"),
	CONSTRAINT "member_role" CHECK ("member"."role" in ('owner', 'admin', 'recruiter', 'viewer'))
);
--> statement-breakpoint
CREATE TABLE "rate_limit" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"count" integer NOT NULL,
	"last_request" bigint NOT NULL,
	CONSTRAINT "rate_limit_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token" text NOT NULL,
	"user_id" uuid NOT NULL,
	"active_employer_id" uuid,
	"expires_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "session_token_unique" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "two_factor" (
	"id" uuid PRIMARY KEY NOT NULL,
	"secret" text NOT NULL,
	"backup_codes" text NOT NULL,
	"verified" boolean DEFAULT true NOT NULL,
	"failed_verification_count" integer DEFAULT 0 NOT NULL,
	"locked_until" timestamp with time zone,
	"user_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"two_factor_enabled" boolean DEFAULT false NOT NULL,
	"instance_admin" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "verification" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "feed" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"items" integer DEFAULT 0 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_crawled_at" timestamp with time zone,
	CONSTRAINT "feed_employer_id_connection_id_pk" PRIMARY KEY("employer_id","connection_id")
);
--> statement-breakpoint
ALTER TABLE "feed" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "posting" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"job_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"vendor_id" text NOT NULL,
	"key" text NOT NULL,
	"desired" text NOT NULL,
	"desired_version" integer NOT NULL,
	"observed_version" integer,
	"state" text NOT NULL,
	"external_id" text,
	"external_version" text,
	"url" text,
	"reason" text,
	"cost_amount" bigint,
	"cost_currency" text,
	"source_token" text NOT NULL,
	"feed_item" text,
	"close_reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"lease_owner" text,
	"lease_until" timestamp with time zone,
	"next_check_at" timestamp with time zone,
	"queued_at" timestamp with time zone,
	"live_at" timestamp with time zone,
	"rejected_at" timestamp with time zone,
	"expires_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"observed_at" timestamp with time zone,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "posting_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "posting_once" UNIQUE("employer_id","job_id","connection_id"),
	CONSTRAINT "posting_key" UNIQUE("employer_id","key"),
	CONSTRAINT "posting_source_token" UNIQUE("employer_id","source_token"),
	CONSTRAINT "posting_state" CHECK ("posting"."state" in ('draft', 'validating', 'queued', 'in_review', 'live', 'rejected', 'expiring', 'closed', 'your_step', 'still_up')),
	CONSTRAINT "posting_desired" CHECK ("posting"."desired" in ('live', 'closed'))
);
--> statement-breakpoint
ALTER TABLE "posting" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "posting_event" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"posting_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"state" text NOT NULL,
	"note" text,
	"actor" text NOT NULL,
	CONSTRAINT "posting_event_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "posting_event" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "posting_preference" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"values" jsonb NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "posting_preference_employer_id_connection_id_pk" PRIMARY KEY("employer_id","connection_id")
);
--> statement-breakpoint
ALTER TABLE "posting_preference" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "posting_stat" (
	"employer_id" uuid NOT NULL,
	"posting_id" uuid NOT NULL,
	"day" timestamp with time zone NOT NULL,
	"views" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "posting_stat_employer_id_posting_id_day_pk" PRIMARY KEY("employer_id","posting_id","day")
);
--> statement-breakpoint
ALTER TABLE "posting_stat" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "external_record" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"local_id" uuid NOT NULL,
	"version" text NOT NULL,
	"content_hash" text NOT NULL,
	"seen_run_id" uuid,
	"deleted_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "external_record_pk" PRIMARY KEY("employer_id","connection_id","resource","external_id")
);
--> statement-breakpoint
ALTER TABLE "external_record" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "held_deletion" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"run_id" uuid NOT NULL,
	"external_ids" jsonb NOT NULL,
	"out_of" integer NOT NULL,
	"why" text NOT NULL,
	"decision" text,
	"decided_by" text,
	"decided_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "held_deletion_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "held_deletion_decision" CHECK ("held_deletion"."decision" in ('deleted', 'kept'))
);
--> statement-breakpoint
ALTER TABLE "held_deletion" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "push_item" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"op" text NOT NULL,
	"local_id" uuid NOT NULL,
	"detail" jsonb NOT NULL,
	"status" text DEFAULT 'queued' NOT NULL,
	"error" text,
	"external_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp with time zone,
	CONSTRAINT "push_item_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "push_item_op" CHECK ("push_item"."op" in ('create', 'update', 'delete')),
	CONSTRAINT "push_item_status" CHECK ("push_item"."status" in ('queued', 'sending', 'done', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "push_item" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sync_reject" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"external_id" text NOT NULL,
	"run_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sync_reject_employer_id_connection_id_resource_external_id_pk" PRIMARY KEY("employer_id","connection_id","resource","external_id")
);
--> statement-breakpoint
ALTER TABLE "sync_reject" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sync_run" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"mode" text NOT NULL,
	"status" text NOT NULL,
	"started_by" text NOT NULL,
	"cursor" text,
	"checkpoint" text,
	"pages" integer DEFAULT 0 NOT NULL,
	"read" integer DEFAULT 0 NOT NULL,
	"written" integer DEFAULT 0 NOT NULL,
	"skipped" integer DEFAULT 0 NOT NULL,
	"rejected" integer DEFAULT 0 NOT NULL,
	"deleted" integer DEFAULT 0 NOT NULL,
	"total" integer,
	"error_kind" text,
	"error" text,
	"parked_until" timestamp with time zone,
	"stop_requested" boolean DEFAULT false NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sync_run_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "sync_run_status" CHECK ("sync_run"."status" in ('queued', 'running', 'parked', 'succeeded', 'partial', 'failed', 'held', 'stopped')),
	CONSTRAINT "sync_run_mode" CHECK ("sync_run"."mode" in ('incremental', 'full'))
);
--> statement-breakpoint
ALTER TABLE "sync_run" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "sync_stream" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"resource" text NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"checkpoint" text,
	"every_minutes" integer NOT NULL,
	"next_run_at" timestamp with time zone,
	"full_scan_at" timestamp with time zone,
	"current_run_id" uuid,
	"lease_owner" text,
	"lease_until" timestamp with time zone,
	"last_run_id" uuid,
	"last_status" text,
	"last_complete_at" timestamp with time zone,
	"records" integer DEFAULT 0 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sync_stream_employer_id_connection_id_resource_pk" PRIMARY KEY("employer_id","connection_id","resource")
);
--> statement-breakpoint
ALTER TABLE "sync_stream" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "attempt" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"delivery_id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"milliseconds" integer NOT NULL,
	"outcome" text NOT NULL,
	"status" integer,
	"error" text,
	"request_headers" jsonb NOT NULL,
	"response_headers" jsonb NOT NULL,
	"response_body" text,
	CONSTRAINT "attempt_employer_id_id_pk" PRIMARY KEY("employer_id","id")
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "attempt" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "delivery" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"event_type" text NOT NULL,
	"state" text DEFAULT 'queued' NOT NULL,
	"cause" text DEFAULT 'event' NOT NULL,
	"replay_of" uuid,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone,
	"last_status" integer,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "delivery_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "delivery_state" CHECK ("delivery"."state" in ('queued', 'sending', 'delivered', 'retrying', 'failed', 'not_sent')),
	CONSTRAINT "delivery_cause" CHECK ("delivery"."cause" in ('event', 'test', 'replay'))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "delivery" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "endpoint" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"event_types" jsonb NOT NULL,
	"state" text DEFAULT 'delivering' NOT NULL,
	"off_reason" text,
	"legacy_signature" boolean DEFAULT false NOT NULL,
	"headers" jsonb NOT NULL,
	"failing_since" timestamp with time zone,
	"consecutive_failures" integer DEFAULT 0 NOT NULL,
	"last_success_at" timestamp with time zone,
	"open_until" timestamp with time zone,
	"created_by" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "endpoint_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "endpoint_state" CHECK ("endpoint"."state" in ('delivering', 'struggling', 'off'))
);
--> statement-breakpoint
ALTER TABLE "endpoint" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "endpoint_secret" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	CONSTRAINT "endpoint_secret_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "endpoint_secret_kind" CHECK ("endpoint_secret"."kind" in ('standard', 'legacy'))
);
--> statement-breakpoint
ALTER TABLE "endpoint_secret" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "event" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"type" text NOT NULL,
	"subject_id" uuid,
	"body" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_employer_id_id_pk" PRIMARY KEY("employer_id","id")
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "event" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inbound_dedupe" (
	"employer_id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"dedupe_key" text NOT NULL,
	"delivery_id" uuid NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbound_dedupe_employer_id_connection_id_dedupe_key_pk" PRIMARY KEY("employer_id","connection_id","dedupe_key")
);
--> statement-breakpoint
ALTER TABLE "inbound_dedupe" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inbound_delivery" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"vendor_id" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"bytes" integer NOT NULL,
	"type" text NOT NULL,
	"state" text DEFAULT 'received' NOT NULL,
	"note" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"replay_of" uuid,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"processed_at" timestamp with time zone,
	CONSTRAINT "inbound_delivery_employer_id_id_pk" PRIMARY KEY("employer_id","id"),
	CONSTRAINT "inbound_delivery_state" CHECK ("inbound_delivery"."state" in ('received', 'processed', 'ignored', 'failed'))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "inbound_delivery" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "inbound_quarantine" (
	"id" uuid PRIMARY KEY NOT NULL,
	"vendor_id" text NOT NULL,
	"environment" text NOT NULL,
	"account_id" text NOT NULL,
	"key_id" text NOT NULL,
	"nonce" "bytea" NOT NULL,
	"ciphertext" "bytea" NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"decision" text,
	"decided_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "inbound_refusal" (
	"employer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"connection_id" uuid NOT NULL,
	"vendor_id" text NOT NULL,
	"reason" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbound_refusal_employer_id_id_pk" PRIMARY KEY("employer_id","id")
);
--> statement-breakpoint
ALTER TABLE "inbound_refusal" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "activity" ADD CONSTRAINT "activity_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_stat" ADD CONSTRAINT "call_stat_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connection" ADD CONSTRAINT "connection_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credential" ADD CONSTRAINT "credential_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_route" ADD CONSTRAINT "inbound_route_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_route" ADD CONSTRAINT "inbound_route_connection_fk" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "issue" ADD CONSTRAINT "issue_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification" ADD CONSTRAINT "notification_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_rule" ADD CONSTRAINT "notification_rule_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oauth_flow" ADD CONSTRAINT "oauth_flow_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "application" ADD CONSTRAINT "application_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "application" ADD CONSTRAINT "application_job_fk" FOREIGN KEY ("employer_id","job_id") REFERENCES "public"."job"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "application" ADD CONSTRAINT "application_candidate_fk" FOREIGN KEY ("employer_id","candidate_id") REFERENCES "public"."candidate"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "candidate" ADD CONSTRAINT "candidate_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document" ADD CONSTRAINT "document_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document" ADD CONSTRAINT "document_candidate_fk" FOREIGN KEY ("employer_id","candidate_id") REFERENCES "public"."candidate"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job" ADD CONSTRAINT "job_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "message" ADD CONSTRAINT "message_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stage" ADD CONSTRAINT "stage_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_event" ADD CONSTRAINT "calendar_event_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calendar_stream" ADD CONSTRAINT "calendar_stream_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interview" ADD CONSTRAINT "interview_application" FOREIGN KEY ("employer_id","application_id") REFERENCES "public"."application"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "interview_attendee" ADD CONSTRAINT "interview_attendee_interview" FOREIGN KEY ("employer_id","interview_id") REFERENCES "public"."interview"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invitation" ADD CONSTRAINT "invitation_inviter_id_user_id_fk" FOREIGN KEY ("inviter_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member" ADD CONSTRAINT "member_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member" ADD CONSTRAINT "member_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_active_employer_id_employer_id_fk" FOREIGN KEY ("active_employer_id") REFERENCES "public"."employer"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "two_factor" ADD CONSTRAINT "two_factor_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "feed" ADD CONSTRAINT "feed_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posting" ADD CONSTRAINT "posting_job" FOREIGN KEY ("employer_id","job_id") REFERENCES "public"."job"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posting" ADD CONSTRAINT "posting_connection_fk" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posting_event" ADD CONSTRAINT "posting_event_posting_fk" FOREIGN KEY ("employer_id","posting_id") REFERENCES "public"."posting"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posting_preference" ADD CONSTRAINT "posting_preference_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "posting_stat" ADD CONSTRAINT "posting_stat_posting" FOREIGN KEY ("employer_id","posting_id") REFERENCES "public"."posting"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "external_record" ADD CONSTRAINT "external_record_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "held_deletion" ADD CONSTRAINT "held_deletion_connection_fk" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "push_item" ADD CONSTRAINT "push_item_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_reject" ADD CONSTRAINT "sync_reject_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_run" ADD CONSTRAINT "sync_run_connection_fk" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sync_stream" ADD CONSTRAINT "sync_stream_connection" FOREIGN KEY ("employer_id","connection_id") REFERENCES "public"."connection"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoint" ADD CONSTRAINT "endpoint_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "endpoint_secret" ADD CONSTRAINT "endpoint_secret_endpoint_fk" FOREIGN KEY ("employer_id","endpoint_id") REFERENCES "public"."endpoint"("employer_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "inbound_refusal" ADD CONSTRAINT "inbound_refusal_employer_id_employer_id_fk" FOREIGN KEY ("employer_id") REFERENCES "public"."employer"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "activity_connection" ON "activity" USING btree ("employer_id","connection_id","id");--> statement-breakpoint
CREATE INDEX "activity_subject" ON "activity" USING btree ("employer_id","subject_id","id");--> statement-breakpoint
CREATE INDEX "connection_vendor" ON "connection" USING btree ("employer_id","vendor_id");--> statement-breakpoint
CREATE INDEX "credential_expiry" ON "credential" USING btree ("employer_id","expires_at");--> statement-breakpoint
CREATE INDEX "credential_key" ON "credential" USING btree ("employer_id","key_id");--> statement-breakpoint
CREATE INDEX "inbound_route_connection" ON "inbound_route" USING btree ("employer_id","connection_id");--> statement-breakpoint
CREATE UNIQUE INDEX "issue_open_cause" ON "issue" USING btree ("employer_id","cause_key","resolved_key");--> statement-breakpoint
CREATE INDEX "issue_connection" ON "issue" USING btree ("employer_id","connection_id");--> statement-breakpoint
CREATE INDEX "subscription_expiry" ON "subscription" USING btree ("employer_id","expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "application_dedupe" ON "application" USING btree ("employer_id","dedupe_key");--> statement-breakpoint
CREATE INDEX "application_job" ON "application" USING btree ("employer_id","job_id","applied_at");--> statement-breakpoint
CREATE INDEX "application_candidate" ON "application" USING btree ("employer_id","candidate_id");--> statement-breakpoint
CREATE INDEX "application_applied" ON "application" USING btree ("employer_id","applied_at");--> statement-breakpoint
CREATE INDEX "candidate_email" ON "candidate" USING btree ("employer_id","email");--> statement-breakpoint
CREATE INDEX "document_candidate" ON "document" USING btree ("employer_id","candidate_id");--> statement-breakpoint
CREATE INDEX "job_list" ON "job" USING btree ("employer_id","status","id");--> statement-breakpoint
CREATE INDEX "stage_job" ON "stage" USING btree ("employer_id","job_id");--> statement-breakpoint
CREATE INDEX "calendar_event_when" ON "calendar_event" USING btree ("employer_id","connection_id","starts_at");--> statement-breakpoint
CREATE INDEX "calendar_stream_due" ON "calendar_stream" USING btree ("employer_id","next_run_at");--> statement-breakpoint
CREATE INDEX "interview_when" ON "interview" USING btree ("employer_id","starts_at");--> statement-breakpoint
CREATE INDEX "interview_event" ON "interview" USING btree ("employer_id","connection_id","external_id");--> statement-breakpoint
CREATE INDEX "account_user" ON "account" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "api_key_hash" ON "api_key" USING btree ("employer_id","sha256");--> statement-breakpoint
CREATE INDEX "audit_at" ON "audit_entry" USING btree ("employer_id","at");--> statement-breakpoint
CREATE INDEX "idempotency_age" ON "idempotency_key" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "invitation_employer" ON "invitation" USING btree ("employer_id");--> statement-breakpoint
CREATE INDEX "invitation_email" ON "invitation" USING btree ("email");--> statement-breakpoint
CREATE INDEX "member_user" ON "member" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "session_user" ON "session" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "two_factor_user" ON "two_factor" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "verification_identifier" ON "verification" USING btree ("identifier");--> statement-breakpoint
CREATE INDEX "posting_connection" ON "posting" USING btree ("employer_id","connection_id");--> statement-breakpoint
CREATE INDEX "posting_due" ON "posting" USING btree ("employer_id","next_check_at");--> statement-breakpoint
CREATE INDEX "posting_event_posting" ON "posting_event" USING btree ("employer_id","posting_id","id");--> statement-breakpoint
CREATE INDEX "external_record_local" ON "external_record" USING btree ("employer_id","local_id");--> statement-breakpoint
CREATE INDEX "held_deletion_connection" ON "held_deletion" USING btree ("employer_id","connection_id");--> statement-breakpoint
CREATE INDEX "push_item_open" ON "push_item" USING btree ("employer_id","connection_id","status");--> statement-breakpoint
CREATE INDEX "sync_run_connection" ON "sync_run" USING btree ("employer_id","connection_id","id");--> statement-breakpoint
CREATE INDEX "sync_stream_due" ON "sync_stream" USING btree ("employer_id","next_run_at");--> statement-breakpoint
CREATE INDEX "attempt_delivery" ON "attempt" USING btree ("employer_id","delivery_id","id");--> statement-breakpoint
CREATE INDEX "attempt_endpoint" ON "attempt" USING btree ("employer_id","endpoint_id","id");--> statement-breakpoint
CREATE INDEX "delivery_endpoint" ON "delivery" USING btree ("employer_id","endpoint_id","id");--> statement-breakpoint
CREATE INDEX "delivery_event" ON "delivery" USING btree ("employer_id","event_id");--> statement-breakpoint
CREATE INDEX "delivery_due" ON "delivery" USING btree ("employer_id","next_attempt_at");--> statement-breakpoint
CREATE INDEX "endpoint_secret_endpoint" ON "endpoint_secret" USING btree ("employer_id","endpoint_id");--> statement-breakpoint
CREATE INDEX "event_type" ON "event" USING btree ("employer_id","type","id");--> statement-breakpoint
CREATE INDEX "inbound_dedupe_age" ON "inbound_dedupe" USING btree ("employer_id","at");--> statement-breakpoint
CREATE INDEX "inbound_delivery_connection" ON "inbound_delivery" USING btree ("employer_id","connection_id","id");--> statement-breakpoint
CREATE INDEX "inbound_quarantine_account" ON "inbound_quarantine" USING btree ("vendor_id","environment","account_id");--> statement-breakpoint
CREATE INDEX "inbound_refusal_connection" ON "inbound_refusal" USING btree ("employer_id","connection_id","id");--> statement-breakpoint
CREATE POLICY "tenant" ON "activity" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "call_stat" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "connection" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "credential" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "issue" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "notification" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "notification_rule" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "oauth_flow" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "subscription" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "application" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "candidate" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "document" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "job" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "message" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "stage" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "calendar_event" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "calendar_stream" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "interview" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "interview_attendee" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "api_key" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "audit_entry" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "idempotency_key" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "feed" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "posting" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "posting_event" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "posting_preference" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "posting_stat" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "external_record" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "held_deletion" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "push_item" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "sync_reject" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "sync_run" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "sync_stream" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "attempt" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "delivery" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "endpoint" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "endpoint_secret" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "event" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "inbound_dedupe" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "inbound_delivery" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));--> statement-breakpoint
CREATE POLICY "tenant" ON "inbound_refusal" AS PERMISSIVE FOR ALL TO public USING (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid)) WITH CHECK (employer_id = (select nullif(current_setting('app.employer_id', true), '')::uuid));