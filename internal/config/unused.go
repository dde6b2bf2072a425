package config

// unusedSetting is a setting of Prefect's server that this one accepts and ignores.
type unusedSetting struct {
	names []string
	why   string
}

// unused lists what Prefect's server can be told and this one has no use for. With the table it holds every setting of the
// reference's server, which a test checks.
func unused() []unusedSetting {
	ignored := func(why string, n ...string) unusedSetting { return unusedSetting{n, why} }
	return []unusedSetting{
		ignored("nothing is sent home", "PREFECT_SERVER_ANALYTICS_ENABLED"),
		ignored("a busy database is waited for, so there is nothing to be told about retries", "PREFECT_SERVER_LOG_RETRYABLE_ERRORS", "PREFECT_API_LOG_RETRYABLE_ERRORS"),
		ignored("the block types are compared with the stored ones, which takes no time worth saving", "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION", "PREFECT_MEMOIZE_BLOCK_AUTO_REGISTRATION"),
		ignored("the same", "PREFECT_SERVER_MEMO_STORE_PATH", "PREFECT_MEMO_STORE_PATH"),
		ignored("connections are tested before use", "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_RECYCLE"),
		ignored("a request waits for a connection as long as its client waits for the answer", "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_TIMEOUT"),
		ignored("the database's own log shows its statements", "PREFECT_SERVER_DATABASE_ECHO", "PREFECT_API_DATABASE_ECHO"),
		ignored("the schema is made in one short transaction", "PREFECT_SERVER_DATABASE_MIGRATION_TIMEOUT"),
		ignored("background services are part of the process", "PREFECT_SERVER_DOCKET_NAME"),
		ignored("the same", "PREFECT_SERVER_DOCKET_URL"),
		ignored("for clients that start a server of their own", "PREFECT_SERVER_EPHEMERAL_ENABLED", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"),
		ignored("the same", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"),
		ignored("events are stored as they come", "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE", "PREFECT_API_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE"),
		ignored("an event that cannot be stored is not acknowledged, and its sender tries again", "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_MAX_FLUSH_RETRIES"),
		ignored("a debugging aid of Prefect's", "PREFECT_SERVER_SERVICES_EVENT_LOGGER_ENABLED", "PREFECT_API_SERVICES_EVENT_LOGGER_ENABLED"),
		ignored("task runs are recorded together with the events", "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE"),
		ignored("the same", "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE"),
		ignored("the same", "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL"),
		ignored("automations are not evaluated yet", "PREFECT_SERVER_SERVICES_TRIGGERS_READ_BATCH_SIZE"),
		ignored("the same", "PREFECT_SERVER_SERVICES_TRIGGERS_PG_NOTIFY_RECONNECT_INTERVAL_SECONDS"),
		ignored("the same", "PREFECT_SERVER_SERVICES_TRIGGERS_PG_NOTIFY_HEARTBEAT_INTERVAL_SECONDS"),
		ignored("there is one user interface", "PREFECT_SERVER_UI_V2_ENABLED"),
		ignored("the user interface is in the binary", "PREFECT_SERVER_UI_STATIC_DIRECTORY", "PREFECT_UI_STATIC_DIRECTORY"),
		ignored("there is none", "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT"),
		ignored("what workers are to clean up is kept in the database", "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE"),
		ignored("the same", "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_COMPLETED_IDEMPOTENCY_RETENTION_SECONDS"),
	}
}
