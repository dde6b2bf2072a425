package api_test

// later lists the operations of the reference that this server does not have yet. It may only shrink: what is on it must
// be absent, and what is not must be there.
func later() map[string]bool {
	list := map[string]bool{}
	for _, name := range []string{
		"GET /admin/settings",

		"POST /automations/",
		"POST /automations/count",
		"POST /automations/filter",
		"DELETE /automations/owned-by/{resource_id}",
		"GET /automations/related-to/{resource_id}",
		"POST /automations/templates/validate",
		"DELETE /automations/{id}",
		"GET /automations/{id}",
		"PATCH /automations/{id}",
		"PUT /automations/{id}",

		"POST /deployments/",
		"POST /deployments/bulk_delete",
		"POST /deployments/count",
		"POST /deployments/filter",
		"POST /deployments/get_scheduled_flow_runs",
		"GET /deployments/name/{flow_name}/{deployment_name}",
		"POST /deployments/paginate",
		"DELETE /deployments/{id}",
		"GET /deployments/{id}",
		"PATCH /deployments/{id}",
		"POST /deployments/{id}/create_flow_run",
		"POST /deployments/{id}/create_flow_run/bulk",
		"POST /deployments/{id}/pause_deployment",
		"POST /deployments/{id}/resume_deployment",
		"POST /deployments/{id}/schedule",
		"GET /deployments/{id}/schedules",
		"POST /deployments/{id}/schedules",
		"DELETE /deployments/{id}/schedules/{schedule_id}",
		"PATCH /deployments/{id}/schedules/{schedule_id}",
		"GET /deployments/{id}/work_queue_check",

		"POST /events/count-by/{countable}",
		"POST /events/filter",
		"GET /events/filter/next",

		"POST /task_workers/filter",

		"POST /templates/validate",

		"POST /ui/schemas/validate",

		"POST /work_pools/",
		"POST /work_pools/count",
		"POST /work_pools/filter",
		"DELETE /work_pools/{name}",
		"GET /work_pools/{name}",
		"PATCH /work_pools/{name}",
		"POST /work_pools/{name}/concurrency_status",
		"POST /work_pools/{name}/get_scheduled_flow_runs",
		"POST /work_pools/{work_pool_name}/queues",
		"POST /work_pools/{work_pool_name}/queues/filter",
		"DELETE /work_pools/{work_pool_name}/queues/{name}",
		"GET /work_pools/{work_pool_name}/queues/{name}",
		"PATCH /work_pools/{work_pool_name}/queues/{name}",
		"POST /work_pools/{work_pool_name}/workers/filter",
		"POST /work_pools/{work_pool_name}/workers/heartbeat",
		"DELETE /work_pools/{work_pool_name}/workers/{name}",

		"POST /work_queues/",
		"POST /work_queues/filter",
		"GET /work_queues/name/{name}",
		"DELETE /work_queues/{id}",
		"GET /work_queues/{id}",
		"PATCH /work_queues/{id}",
		"POST /work_queues/{id}/concurrency_status",
		"POST /work_queues/{id}/get_runs",
		"GET /work_queues/{id}/status",
	} {
		list[name] = true
	}
	return list
}

// differences lists what differs from the reference's document on purpose, with the reason.
func differences() map[string]string {
	return map[string]string{
		"GET /ready answer.message is none of the reference's":                              "its document leaves the answer open; its answer has it",
		"POST /ui/task_runs/dashboard/counts answer[].completed is none of the reference's": "its document has free names of numbers; its answer has these two",
		"POST /ui/task_runs/dashboard/counts answer[].failed is none of the reference's":    "the same",
	}
}
