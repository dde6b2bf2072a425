CREATE TABLE IF NOT EXISTS praetor_event_outbox (
  id INTEGER PRIMARY KEY,
  event TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS praetor_event_queue (
  id INTEGER PRIMARY KEY,
  event_id CHAR(36) NOT NULL,
  event JSON
);
CREATE INDEX IF NOT EXISTS praetor_ix_event_queue__event_id ON praetor_event_queue (event_id);

CREATE TABLE IF NOT EXISTS praetor_leases (
  id CHAR(36) NOT NULL,
  limit_id CHAR(36) NOT NULL,
  slots INTEGER NOT NULL,
  holder_type VARCHAR,
  holder_id CHAR(36),
  created DATETIME NOT NULL,
  expires DATETIME NOT NULL,
  PRIMARY KEY (id, limit_id)
);
CREATE INDEX IF NOT EXISTS praetor_ix_leases__limit_id_expires ON praetor_leases (limit_id, expires);
CREATE INDEX IF NOT EXISTS praetor_ix_leases__expires ON praetor_leases (expires);
CREATE INDEX IF NOT EXISTS praetor_ix_leases__holder_id ON praetor_leases (holder_id);

CREATE TABLE IF NOT EXISTS praetor_triggered_actions (
  id CHAR(36) PRIMARY KEY NOT NULL,
  automation_id CHAR(36) NOT NULL,
  automation JSON NOT NULL,
  firing JSON NOT NULL,
  triggering_event JSON,
  triggered_event_id CHAR(36) NOT NULL,
  action_index INTEGER NOT NULL,
  action JSON NOT NULL,
  created DATETIME NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  not_before DATETIME NOT NULL,
  failed DATETIME,
  reason VARCHAR
);
CREATE INDEX IF NOT EXISTS praetor_ix_triggered_actions__not_before ON praetor_triggered_actions (not_before) WHERE failed IS NULL;

CREATE TABLE IF NOT EXISTS praetor_task_run_deliveries (
  task_run_id CHAR(36) PRIMARY KEY NOT NULL,
  task_key VARCHAR NOT NULL,
  queued DATETIME NOT NULL,
  due DATETIME NOT NULL,
  connection CHAR(36),
  client_id VARCHAR,
  acknowledged BOOLEAN DEFAULT 0 NOT NULL,
  tries INTEGER DEFAULT 0 NOT NULL
);
CREATE INDEX IF NOT EXISTS praetor_ix_task_run_deliveries__task_key_queued ON praetor_task_run_deliveries (task_key, queued) WHERE connection IS NULL;
CREATE INDEX IF NOT EXISTS praetor_ix_task_run_deliveries__connection ON praetor_task_run_deliveries (connection) WHERE connection IS NOT NULL;

CREATE TABLE IF NOT EXISTS praetor_task_workers (
  connection CHAR(36) PRIMARY KEY NOT NULL,
  server CHAR(36) NOT NULL,
  client_id VARCHAR NOT NULL,
  task_keys JSON NOT NULL,
  seen DATETIME NOT NULL,
  expires DATETIME NOT NULL
);

CREATE TABLE IF NOT EXISTS praetor_cleanup_messages (
  id CHAR(36) PRIMARY KEY NOT NULL,
  work_pool_id CHAR(36) NOT NULL,
  work_queue_id CHAR(36),
  kind VARCHAR NOT NULL,
  flow_run_id CHAR(36) NOT NULL,
  infrastructure_pid VARCHAR,
  created DATETIME NOT NULL,
  deliveries INTEGER DEFAULT 0 NOT NULL,
  token VARCHAR,
  lease_expires DATETIME,
  ended DATETIME,
  reason VARCHAR
);
CREATE INDEX IF NOT EXISTS praetor_ix_cleanup_messages__work_pool_id_created ON praetor_cleanup_messages (work_pool_id, created) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS praetor_ix_cleanup_messages__lease_expires ON praetor_cleanup_messages (lease_expires) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS praetor_ix_cleanup_messages__ended ON praetor_cleanup_messages (ended) WHERE ended IS NOT NULL;
