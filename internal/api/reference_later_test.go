package api_test

// later lists the operations of the reference that this server does not have yet. It may only shrink: what is on it must
// be absent, and what is not must be there.
func later() map[string]bool {
	list := map[string]bool{}
	for _, name := range []string{} {
		list[name] = true
	}
	return list
}

// differences lists what differs from the reference's document on purpose, with the reason.
func differences() map[string]string {
	known := map[string]string{
		"GET /ready answer.message is none of the reference's":                              "its document leaves the answer open; its answer has it",
		"POST /ui/task_runs/dashboard/counts answer[].completed is none of the reference's": "its document has free names of numbers; its answer has these two",
		"POST /ui/task_runs/dashboard/counts answer[].failed is none of the reference's":    "the same",
	}
	for _, name := range []string{"work_pool_id", "work_pool_name"} {
		known["POST /work_pools/{name}/get_scheduled_flow_runs answer[].flow_run."+name+" is none of the reference's"] = "it is never sent: it hides what other answers tell of a run"
	}
	for _, name := range []string{
		"api.auth_string", "api.enable_http2", "api.key", "api.request_timeout", "api.ssl_cert_file", "api.tls_insecure_skip_verify",
		"cli", "client", "cloud", "debug_mode", "deployments", "events", "experiments", "flows", "internal", "logging", "plugins",
		"profiles_path", "results", "runner", "silence_api_url_misconfiguration", "tasks", "telemetry", "testing", "worker",
	} {
		known["GET /admin/settings answer."+name+" is missing"] = "a setting of the Python client, which asks its own"
	}
	for _, name := range []string{
		"analytics_enabled", "database.echo", "database.migration_timeout", "database.sqlalchemy.pool_recycle",
		"database.sqlalchemy.pool_timeout", "docket", "ephemeral", "log_retryable_errors", "memo_store_path",
		"memoize_block_auto_registration",
		"services.event_logger", "services.event_persister.max_flush_retries",
		"services.event_persister.read_batch_size", "services.task_run_recorder.batch_size", "services.task_run_recorder.flush_interval",
		"services.task_run_recorder.read_batch_size", "services.triggers.pg_notify_heartbeat_interval_seconds",
		"services.triggers.pg_notify_reconnect_interval_seconds", "services.triggers.read_batch_size", "ui.show_promotional_content",
		"ui.static_directory", "ui.v2_enabled", "worker_channel.cleanup_completed_idempotency_retention_seconds",
		"worker_channel.cleanup_queue_storage",
	} {
		known["GET /admin/settings answer.server."+name+" is missing"] = "this server has no use for the setting"
	}
	return known
}
