CREATE TABLE IF NOT EXISTS praetor_event_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event text NOT NULL
);

CREATE TABLE IF NOT EXISTS praetor_event_queue (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL,
  event jsonb
);
CREATE INDEX IF NOT EXISTS praetor_ix_event_queue__event_id ON praetor_event_queue (event_id);

CREATE TABLE IF NOT EXISTS praetor_leases (
  id uuid NOT NULL,
  limit_id uuid NOT NULL,
  slots bigint NOT NULL,
  holder_type varchar,
  holder_id uuid,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  CONSTRAINT praetor_pk_leases PRIMARY KEY (id, limit_id)
);
CREATE INDEX IF NOT EXISTS praetor_ix_leases__limit_id_expires ON praetor_leases (limit_id, expires);
CREATE INDEX IF NOT EXISTS praetor_ix_leases__expires ON praetor_leases (expires);
CREATE INDEX IF NOT EXISTS praetor_ix_leases__holder_id ON praetor_leases (holder_id);

CREATE TABLE IF NOT EXISTS praetor_triggered_actions (
  id uuid PRIMARY KEY,
  automation_id uuid NOT NULL,
  automation jsonb NOT NULL,
  firing jsonb NOT NULL,
  triggering_event jsonb,
  triggered_event_id uuid NOT NULL,
  action_index integer NOT NULL,
  action jsonb NOT NULL,
  created timestamptz NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  not_before timestamptz NOT NULL,
  failed timestamptz,
  reason text
);
CREATE INDEX IF NOT EXISTS praetor_ix_triggered_actions__not_before ON praetor_triggered_actions (not_before) WHERE failed IS NULL;

CREATE TABLE IF NOT EXISTS praetor_task_run_deliveries (
  task_run_id uuid PRIMARY KEY,
  task_key varchar NOT NULL,
  queued timestamptz NOT NULL,
  due timestamptz NOT NULL,
  connection uuid,
  client_id text,
  acknowledged boolean DEFAULT false NOT NULL,
  tries integer DEFAULT 0 NOT NULL
);
CREATE INDEX IF NOT EXISTS praetor_ix_task_run_deliveries__task_key_queued ON praetor_task_run_deliveries (task_key, queued) WHERE connection IS NULL;
CREATE INDEX IF NOT EXISTS praetor_ix_task_run_deliveries__connection ON praetor_task_run_deliveries (connection) WHERE connection IS NOT NULL;

CREATE TABLE IF NOT EXISTS praetor_task_workers (
  connection uuid PRIMARY KEY,
  server uuid NOT NULL,
  client_id text NOT NULL,
  task_keys jsonb NOT NULL,
  seen timestamptz NOT NULL,
  expires timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS praetor_cleanup_messages (
  id uuid PRIMARY KEY,
  work_pool_id uuid NOT NULL,
  work_queue_id uuid,
  kind varchar NOT NULL,
  flow_run_id uuid NOT NULL,
  infrastructure_pid varchar,
  created timestamptz NOT NULL,
  deliveries integer DEFAULT 0 NOT NULL,
  token varchar,
  lease_expires timestamptz,
  ended timestamptz,
  reason varchar
);
CREATE INDEX IF NOT EXISTS praetor_ix_cleanup_messages__work_pool_id_created ON praetor_cleanup_messages (work_pool_id, created) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS praetor_ix_cleanup_messages__lease_expires ON praetor_cleanup_messages (lease_expires) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS praetor_ix_cleanup_messages__ended ON praetor_cleanup_messages (ended) WHERE ended IS NOT NULL;
