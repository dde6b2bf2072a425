package api

import (
	"slices"

	"praetor/internal/api/openapi"
)

// routes is the whole API, in one table per resource.
func routes() []route {
	return slices.Concat(
		rootRoutes(),
		adminRoutes(),
		flowRoutes(),
		flowRunRoutes(),
		deploymentRoutes(),
		taskRunRoutes(),
		runStateRoutes(),
		logRoutes(),
		artifactRoutes(),
		variableRoutes(), concurrencyLimitRoutes(),
		savedSearchRoutes(),
		blockRoutes(),
		workPoolRoutes(),
		workQueueRoutes(),
		eventRoutes(),
		automationRoutes(),
		deadLetterRoutes(),
		uiRoutes(),
	)
}

func rootRoutes() []route {
	return []route{
		{"GET", "/health", "Tell that the process runs", anyone(op(200, (*Server).readHealth))},
		{"GET", "/version", "Tell the version of the API", anyone(op(200, (*Server).readVersion))},
		{"GET", "/hello", "Say hello", op(200, (*Server).sayHello)},
		{"GET", "/ready", "Tell whether the database answers", op(200, (*Server).readReady)},
		{"GET", "/csrf-token", "Make a CSRF token for a client", op(200, (*Server).createCSRFToken)},
	}
}

func flowRoutes() []route {
	return []route{
		{"POST", "/flows/", "Create a flow, or find the one of that name", op(200, (*Server).createFlow)},
		{"PATCH", "/flows/{id:uuid}", "Change a flow", op(204, (*Server).updateFlow)},
		{"POST", "/flows/count", "Count flows", op(200, (*Server).countFlows)},
		{"GET", "/flows/name/{name}", "Read a flow by name", op(200, (*Server).readFlowByName)},
		{"GET", "/flows/{id:uuid}", "Read a flow", op(200, (*Server).readFlow)},
		{"POST", "/flows/filter", "Find flows", op(200, (*Server).readFlows)},
		{"DELETE", "/flows/{id:uuid}", "Delete a flow and its runs", op(204, (*Server).deleteFlow)},
		{"POST", "/flows/bulk_delete", "Delete the flows that a filter selects", op(200, (*Server).bulkDeleteFlows)},
		{"POST", "/flows/paginate", "Find flows, by page", op(200, (*Server).paginateFlows)},
	}
}

func flowRunRoutes() []route {
	return []route{
		{"POST", "/flow_runs/", "Create a flow run, or find the one of that key", op(200, (*Server).createFlowRun)},
		{"PATCH", "/flow_runs/{id:uuid}", "Change a flow run", op(204, (*Server).updateFlowRun)},
		{"POST", "/flow_runs/count", "Count flow runs", op(200, (*Server).countFlowRuns)},
		{"POST", "/flow_runs/lateness", "Tell how late flow runs are on average", op(200, (*Server).flowRunLateness)},
		{"POST", "/flow_runs/history", "Count flow runs by time and state", op(200, (*Server).flowRunHistory)},
		{"GET", "/flow_runs/{id:uuid}", "Read a flow run", op(200, (*Server).readFlowRun)},
		{"POST", "/flow_runs/filter", "Find flow runs", op(200, (*Server).readFlowRuns)},
		{"POST", "/flow_runs/paginate", "Find flow runs, by page", op(200, (*Server).paginateFlowRuns)},
		{"DELETE", "/flow_runs/{id:uuid}", "Delete a flow run", op(204, (*Server).deleteFlowRun)},
		{"POST", "/flow_runs/bulk_delete", "Delete the flow runs that a filter selects", op(200, (*Server).bulkDeleteFlowRuns)},
		{"POST", "/flow_runs/bulk_set_state", "Propose a state for the flow runs that a filter selects", op(200, (*Server).bulkSetFlowRunState)},
		{"POST", "/flow_runs/{id:uuid}/set_state", "Propose a state", op(200, (*Server).setFlowRunState)},
		{"GET", "/flow_runs/{id:uuid}/logs/download", "Read a flow run's logs as CSV", op(200, (*Server).downloadLogs)},
		{"GET", "/flow_runs/{id:uuid}/graph", "Read what a flow run's task runs took their inputs from", op(200, (*Server).readTaskRunDependencies)},
		{"GET", "/flow_runs/{id:uuid}/graph-v2", "Read the graph of a flow run's tasks and subflows", op(200, (*Server).readFlowRunGraph)},
		{"POST", "/flow_runs/{id:uuid}/resume", "Let a paused flow run go on", op(200, (*Server).resumeFlowRun)},
		{"POST", "/flow_runs/{id:uuid}/input", "Send an input to a flow run", op(201, (*Server).createFlowRunInput)},
		{"POST", "/flow_runs/{id:uuid}/input/filter", "Find inputs of a flow run", op(200, (*Server).filterFlowRunInput)},
		{"GET", "/flow_runs/{id:uuid}/input/{key}", "Read the value of an input", op(200, (*Server).readFlowRunInput)},
		{"DELETE", "/flow_runs/{id:uuid}/input/{key}", "Delete an input", op(204, (*Server).deleteFlowRunInput)},
		{"PATCH", "/flow_runs/{id:uuid}/labels", "Add labels to a flow run", op(204, (*Server).updateFlowRunLabels)},
	}
}

func deploymentRoutes() []route {
	return []route{
		{"POST", "/deployments/", "Create a deployment, or change the one of that name", op(200, (*Server).createDeployment)},
		{"PATCH", "/deployments/{id:uuid}", "Change a deployment", op(204, (*Server).updateDeployment)},
		{"GET", "/deployments/name/{flow_name}/{deployment_name}", "Read a deployment by name", op(200, (*Server).readDeploymentByName)},
		{"GET", "/deployments/{id:uuid}", "Read a deployment", op(200, (*Server).readDeployment)},
		{"POST", "/deployments/filter", "Find deployments", op(200, (*Server).readDeployments)},
		{"POST", "/deployments/paginate", "Find deployments, by page", op(200, (*Server).paginateDeployments)},
		{"POST", "/deployments/get_scheduled_flow_runs", "Find the runs of deployments that are due", op(200, (*Server).scheduledRunsOfDeployments)},
		{"POST", "/deployments/count", "Count deployments", op(200, (*Server).countDeployments)},
		{"DELETE", "/deployments/{id:uuid}", "Delete a deployment", op(204, (*Server).deleteDeployment)},
		{"POST", "/deployments/bulk_delete", "Delete the deployments that a filter selects", op(200, (*Server).bulkDeleteDeployments)},
		{"POST", "/deployments/{id:uuid}/schedule", "Plan runs of a deployment", op(200, (*Server).scheduleDeployment)},
		{"POST", "/deployments/{id:uuid}/resume_deployment", "Let a deployment's schedules go on", op(200, (*Server).resumeDeployment)},
		{"POST", "/deployments/{id:uuid}/pause_deployment", "Let a deployment's schedules rest", op(200, (*Server).pauseDeployment)},
		{"POST", "/deployments/{id:uuid}/create_flow_run", "Create a run of a deployment", op(200, (*Server).createRunOfDeployment)},
		{"POST", "/deployments/{id:uuid}/create_flow_run/bulk", "Create runs of a deployment", op(200, (*Server).createRunsOfDeployment)},
		{"GET", "/deployments/{id:uuid}/work_queue_check", "List the queues that take up a deployment's runs by their filters", op(200, (*Server).queuesOfDeployment)},
		{"GET", "/deployments/{id:uuid}/schedules", "List the schedules of a deployment", op(200, (*Server).readDeploymentSchedules)},
		{"POST", "/deployments/{id:uuid}/schedules", "Give a deployment schedules", op(201, (*Server).createDeploymentSchedules)},
		{"PATCH", "/deployments/{id:uuid}/schedules/{schedule_id:uuid}", "Change a schedule", op(204, (*Server).updateDeploymentSchedule)},
		{"DELETE", "/deployments/{id:uuid}/schedules/{schedule_id:uuid}", "Delete a schedule", op(204, (*Server).deleteDeploymentSchedule)},
	}
}

func taskRunRoutes() []route {
	return []route{
		{"POST", "/task_runs/", "Create a task run, or find the one of those keys", op(200, (*Server).createTaskRun)},
		{"PATCH", "/task_runs/{id:uuid}", "Change a task run", op(204, (*Server).updateTaskRun)},
		{"POST", "/task_runs/count", "Count task runs", op(200, (*Server).countTaskRuns)},
		{"POST", "/task_runs/history", "Count task runs by time and state", op(200, (*Server).taskRunHistory)},
		{"GET", "/task_runs/{id:uuid}", "Read a task run", op(200, (*Server).readTaskRun)},
		{"POST", "/task_runs/filter", "Find task runs", op(200, (*Server).readTaskRuns)},
		{"POST", "/task_runs/paginate", "Find task runs, by page", op(200, (*Server).paginateTaskRuns)},
		{"DELETE", "/task_runs/{id:uuid}", "Delete a task run", op(204, (*Server).deleteTaskRun)},
		{"GET", "/task_runs/subscriptions/scheduled", "", lingering(socket((*Server).subscribeToTaskRuns))},
		{"POST", "/task_workers/filter", "Find the task workers that are connected", op(200, (*Server).readTaskWorkers)},
		{"POST", "/task_runs/{id:uuid}/set_state", "Propose a state", op(200, (*Server).setTaskRunState)},
	}
}

func runStateRoutes() []route {
	return []route{
		{"GET", "/flow_run_states/{id:uuid}", "Read a flow run's state", op(200, (*Server).readFlowRunState)},
		{"GET", "/flow_run_states/", "Read the states that a flow run has had", op(200, (*Server).readFlowRunStates)},
		{"GET", "/task_run_states/{id:uuid}", "Read a task run's state", op(200, (*Server).readTaskRunState)},
		{"GET", "/task_run_states/", "Read the states that a task run has had", op(200, (*Server).readTaskRunStates)},
	}
}

func savedSearchRoutes() []route {
	return []route{
		{"PUT", "/saved_searches/", "Keep a search, in the place of an older one of that name", op(200, (*Server).createSavedSearch)},
		{"GET", "/saved_searches/{id:uuid}", "Read a saved search", op(200, (*Server).readSavedSearch)},
		{"POST", "/saved_searches/filter", "List saved searches", op(200, (*Server).readSavedSearches)},
		{"DELETE", "/saved_searches/{id:uuid}", "Delete a saved search", op(204, (*Server).deleteSavedSearch)},
	}
}

func adminRoutes() []route {
	return []route{
		{"GET", "/admin/settings", "Read the server's settings, without secrets", op(200, (*Server).readSettings)},
		{"GET", "/admin/version", "Tell which release of Prefect this server equals", op(200, (*Server).readPrefectVersion)},
		{"GET", "/admin/storage", "Read where results are kept by default", op(200, (*Server).readStorage)},
		{"PUT", "/admin/storage", "Set where results are kept by default", op(200, (*Server).updateStorage)},
		{"DELETE", "/admin/storage", "Keep results by default where the client says", op(204, (*Server).clearStorage)},
	}
}

func logRoutes() []route {
	return []route{
		{"POST", "/logs/", "Store logs", op(201, (*Server).createLogs)},
		{"POST", "/logs/filter", "Find logs", op(200, (*Server).readLogs)},
		{"GET", "/logs/out", "", socket((*Server).streamLogsOut)},
	}
}

func artifactRoutes() []route {
	return []route{
		{"POST", "/artifacts/", "Publish an artifact", op(200, (*Server).createArtifact)},
		{"GET", "/artifacts/{id:uuid}", "Read an artifact", op(200, (*Server).readArtifact)},
		{"GET", "/artifacts/{key}/latest", "Read the newest artifact of a key", op(200, (*Server).readLatestArtifact)},
		{"POST", "/artifacts/filter", "Find artifacts", op(200, (*Server).readArtifacts)},
		{"POST", "/artifacts/latest/filter", "Find the newest artifacts of their keys", op(200, (*Server).readLatestArtifacts)},
		{"POST", "/artifacts/count", "Count artifacts", op(200, (*Server).countArtifacts)},
		{"POST", "/artifacts/latest/count", "Count the newest artifacts of their keys", op(200, (*Server).countLatestArtifacts)},
		{"PATCH", "/artifacts/{id:uuid}", "Change an artifact", op(204, (*Server).updateArtifact)},
		{"DELETE", "/artifacts/{id:uuid}", "Delete an artifact", op(204, (*Server).deleteArtifact)},
	}
}

func variableRoutes() []route {
	return []route{
		{"POST", "/variables/", "Create a variable", op(201, (*Server).createVariable)},
		{"GET", "/variables/{id:uuid}", "Read a variable", op(200, (*Server).readVariable)},
		{"GET", "/variables/name/{name}", "Read a variable by name", op(200, (*Server).readVariableByName)},
		{"POST", "/variables/filter", "Find variables", op(200, (*Server).readVariables)},
		{"POST", "/variables/count", "Count variables", op(200, (*Server).countVariables)},
		{"PATCH", "/variables/{id:uuid}", "Change a variable", op(204, (*Server).updateVariable)},
		{"PATCH", "/variables/name/{name}", "Change a variable by name", op(204, (*Server).updateVariableByName)},
		{"DELETE", "/variables/{id:uuid}", "Delete a variable", op(204, (*Server).deleteVariable)},
		{"DELETE", "/variables/name/{name}", "Delete a variable by name", op(204, (*Server).deleteVariableByName)},
	}
}

func blockRoutes() []route {
	return []route{
		{"POST", "/block_types/", "Create a block type", op(201, (*Server).createBlockType)},
		{"GET", "/block_types/{id:uuid}", "Read a block type", op(200, (*Server).readBlockType)},
		{"GET", "/block_types/slug/{slug}", "Read a block type by slug", op(200, (*Server).readBlockTypeBySlug)},
		{"POST", "/block_types/filter", "Find block types", op(200, (*Server).readBlockTypes)},
		{"PATCH", "/block_types/{id:uuid}", "Change a block type", op(204, (*Server).updateBlockType)},
		{"DELETE", "/block_types/{id:uuid}", "Delete a block type with its documents", op(204, (*Server).deleteBlockType)},
		{"GET", "/block_types/slug/{slug}/block_documents", "Find the documents of a block type", op(200, (*Server).readBlockTypeDocuments)},
		{"GET", "/block_types/slug/{slug}/block_documents/name/{block_document_name}", "Read a block document by type and name", op(200, (*Server).readBlockTypeDocument)},
		{"POST", "/block_types/install_system_block_types", "Register the block types that every client expects", op(200, (*Server).installSystemBlockTypes)},
		{"POST", "/block_schemas/", "Register a block schema, or find the one of that checksum", op(201, (*Server).createBlockSchema)},
		{"DELETE", "/block_schemas/{id:uuid}", "Delete a block schema with its documents", op(204, (*Server).deleteBlockSchema)},
		{"POST", "/block_schemas/filter", "Find block schemas", op(200, (*Server).readBlockSchemas)},
		{"GET", "/block_schemas/{id:uuid}", "Read a block schema", op(200, (*Server).readBlockSchema)},
		{"GET", "/block_schemas/checksum/{checksum}", "Read the newest block schema of a checksum", op(200, (*Server).readBlockSchemaByChecksum)},
		{"POST", "/block_documents/", "Create a block document", op(201, (*Server).createBlockDocument)},
		{"POST", "/block_documents/filter", "Find block documents", op(200, (*Server).readBlockDocuments)},
		{"POST", "/block_documents/count", "Count block documents", op(200, (*Server).countBlockDocuments)},
		{"GET", "/block_documents/{id:uuid}", "Read a block document", op(200, (*Server).readBlockDocument)},
		{"DELETE", "/block_documents/{id:uuid}", "Delete a block document", op(204, (*Server).deleteBlockDocument)},
		{"PATCH", "/block_documents/{id:uuid}", "Change a block document", op(204, (*Server).updateBlockDocument)},
		{"GET", "/block_capabilities/", "List what blocks can do", op(200, (*Server).readBlockCapabilities)},
		{"GET", "/collections/views/{view}", "Read what is known of Prefect's packages", op(200, (*Server).readView)},
	}
}

func eventRoutes() []route {
	return []route{
		{"POST", "/events", "Take events in", op(204, (*Server).createEvents)},
		{"POST", "/events/filter", "Find events", linking(op(200, (*Server).readEvents))},
		{"GET", "/events/filter/next", "Find the next events of a filter", linking(op(200, (*Server).readNextEvents))},
		{"POST", "/events/count-by/{countable}", "Count events by what they have in common", op(200, (*Server).countEvents)},
		{"GET", "/events/in", "", lingering(socket((*Server).streamEventsIn))},
		{"GET", "/events/out", "", socket((*Server).streamEventsOut)},
	}
}

// deadLetterRoutes are none of the reference's.
func deadLetterRoutes() []route {
	return []route{
		{"GET", "/praetor/dead-letters", "List the actions of automations that were given up, the latest first", op(200, (*Server).readDeadLetters)},
		{"POST", "/praetor/dead-letters/{id:uuid}/replay", "Try an action again that was given up", op(202, (*Server).replayDeadLetter)},
		{"DELETE", "/praetor/dead-letters/{id:uuid}", "Forget an action that was given up", op(204, (*Server).deleteDeadLetter)},
		{"GET", "/praetor/dead-messages", "List the messages of streams that were given up", op(200, (*Server).readDeadMessages)},
		{"POST", "/praetor/dead-messages/{id:uuid}/replay", "Publish a message again that was given up", op(202, (*Server).replayDeadMessage)},
		{"DELETE", "/praetor/dead-messages/{id:uuid}", "Forget a message that was given up", op(204, (*Server).deleteDeadMessage)},
	}
}

func automationRoutes() []route {
	return []route{
		{"POST", "/automations/", "Create an automation", op(201, (*Server).createAutomation)},
		{"PUT", "/automations/{id:uuid}", "Put an automation in the place of another", op(204, (*Server).updateAutomation)},
		{"PATCH", "/automations/{id:uuid}", "Switch an automation on or off", op(204, (*Server).patchAutomation)},
		{"DELETE", "/automations/{id:uuid}", "Delete an automation", op(204, (*Server).deleteAutomation)},
		{"POST", "/automations/filter", "Find automations", op(200, (*Server).readAutomations)},
		{"POST", "/automations/count", "Count automations", op(200, (*Server).countAutomations)},
		{"GET", "/automations/{id:uuid}", "Read an automation", op(200, (*Server).readAutomation)},
		{"GET", "/automations/related-to/{resource_id}", "Find the automations that have to do with a resource", op(200, (*Server).readRelatedAutomations)},
		{"DELETE", "/automations/owned-by/{resource_id}", "Delete the automations that belong to a resource", op(202, (*Server).deleteOwnedAutomations)},
		{"POST", "/automations/templates/validate", "Tell what is wrong with a template", op(200, (*Server).validateTemplate)},
		{"POST", "/praetor/automations/dry-run", "Tell when a trigger would have fired", op(200, (*Server).dryRunAutomation)},
		{"POST", "/templates/validate", "Tell what is wrong with a template", op(200, (*Server).validateTemplate)},
	}
}

func uiRoutes() []route {
	return []route{
		{"POST", "/ui/flow_runs/history", "Find flow runs, in short", op(200, (*Server).uiFlowRunHistory)},
		{"POST", "/ui/flow_runs/count-task-runs", "Count the task runs of flow runs", op(200, (*Server).uiCountTaskRuns)},
		{"POST", "/ui/flows/count-deployments", "Count the deployments of flows", op(200, (*Server).uiCountDeployments)},
		{"POST", "/ui/flows/next-runs", "Find the next runs of flows", op(200, (*Server).uiNextRuns)},
		{"POST", "/ui/schemas/validate", "Tell what is wrong with values by a schema", op(200, (*Server).uiValidateSchema)},
		{"POST", "/ui/task_runs/dashboard/counts", "Count the task runs that ended, by time", op(200, (*Server).uiDashboardCounts)},
		{"POST", "/ui/task_runs/count", "Count task runs by state", op(200, (*Server).uiCountTaskRunsByState)},
		{"GET", "/ui/task_runs/{id:uuid}", "Read a task run with the name of its flow run", op(200, (*Server).uiReadTaskRun)},
	}
}

func concurrencyLimitRoutes() []route {
	return []route{
		{"POST", "/concurrency_limits/", "Limit how many task runs of a tag run at once", op(200, (*Server).limitTag)},
		{"GET", "/concurrency_limits/{id:uuid}", "Read a limit on a tag", op(200, (*Server).readTagLimit)},
		{"GET", "/concurrency_limits/tag/{tag}", "Read the limit on a tag", op(200, (*Server).readTagLimitByTag)},
		{"POST", "/concurrency_limits/filter", "List the limits on tags", op(200, (*Server).readTagLimits)},
		{"POST", "/concurrency_limits/tag/{tag}/reset", "Say who holds the slots of the limit on a tag", op(200, (*Server).resetTagLimit)},
		{"DELETE", "/concurrency_limits/{id:uuid}", "Delete a limit on a tag", op(200, (*Server).deleteTagLimit)},
		{"DELETE", "/concurrency_limits/tag/{tag}", "Delete the limit on a tag", op(200, (*Server).deleteTagLimitByTag)},
		{"POST", "/concurrency_limits/increment", "Take a slot of each limit on some tags", op(200, (*Server).takeTaskRunSlots)},
		{"POST", "/concurrency_limits/decrement", "Give the slots of some tags back", op(200, (*Server).giveTaskRunSlots)},
		{"POST", "/v2/concurrency_limits/", "Create a global limit", op(201, (*Server).createLimit)},
		{"GET", "/v2/concurrency_limits/{id_or_name}", "Read a global limit", op(200, (*Server).readLimit)},
		{"POST", "/v2/concurrency_limits/filter", "List the global limits", op(200, (*Server).readLimits)},
		{"PATCH", "/v2/concurrency_limits/{id_or_name}", "Change a global limit", op(204, (*Server).updateLimit)},
		{"DELETE", "/v2/concurrency_limits/{id_or_name}", "Delete a global limit", op(204, (*Server).deleteLimit)},
		{"POST", "/v2/concurrency_limits/increment", "Take slots", op(200, (*Server).incrementSlots)},
		{"POST", "/v2/concurrency_limits/increment-with-lease", "Take slots and a lease on them", op(200, (*Server).leaseSlots)},
		{"POST", "/v2/concurrency_limits/decrement", "Give slots back", op(200, (*Server).decrementSlots)},
		{"POST", "/v2/concurrency_limits/decrement-with-lease", "Give a lease's slots back", op(204, (*Server).releaseSlots)},
		{"POST", "/v2/concurrency_limits/leases/{lease_id}/renew", "Make a lease live on", op(204, (*Server).renewLease)},
	}
}

func workPoolRoutes() []route {
	return []route{
		{"POST", "/work_pools/", "Create a work pool", op(201, (*Server).createWorkPool)},
		{"GET", "/work_pools/{name}", "Read a work pool", op(200, (*Server).readWorkPool)},
		{"POST", "/work_pools/filter", "Find work pools", op(200, (*Server).readWorkPools)},
		{"POST", "/work_pools/count", "Count work pools", op(200, (*Server).countWorkPools)},
		{"PATCH", "/work_pools/{name}", "Change a work pool", op(204, (*Server).updateWorkPool)},
		{"DELETE", "/work_pools/{name}", "Delete a work pool with its queues and workers", op(204, (*Server).deleteWorkPool)},
		{"POST", "/work_pools/{name}/concurrency_status", "Tell who holds the slots of a work pool", op(200, (*Server).readPoolConcurrency)},
		{"POST", "/work_pools/{name}/get_scheduled_flow_runs", "Find the flow runs that a worker may start", op(200, (*Server).getScheduledRuns)},
		{"POST", "/work_pools/{work_pool_name}/queues", "Create a queue in a work pool", op(201, (*Server).createPoolQueue)},
		{"GET", "/work_pools/{work_pool_name}/queues/{name}", "Read a queue of a work pool", op(200, (*Server).readPoolQueue)},
		{"POST", "/work_pools/{work_pool_name}/queues/filter", "Find queues of a work pool", op(200, (*Server).readPoolQueues)},
		{"PATCH", "/work_pools/{work_pool_name}/queues/{name}", "Change a queue of a work pool", op(204, (*Server).updatePoolQueue)},
		{"DELETE", "/work_pools/{work_pool_name}/queues/{name}", "Delete a queue of a work pool", op(204, (*Server).deletePoolQueue)},
		{"POST", "/work_pools/{work_pool_name}/workers/heartbeat", "Record that a worker lives", op(204, (*Server).workerHeartbeat)},
		{"POST", "/work_pools/{work_pool_name}/workers/filter", "Find workers of a work pool", op(200, (*Server).readWorkers)},
		{"GET", "/work_pools/{work_pool_name}/workers/connect", "", socket((*Server).connectWorker)},
		{"DELETE", "/work_pools/{work_pool_name}/workers/{name}", "Delete a worker", op(204, (*Server).deleteWorker)},
	}
}

func workQueueRoutes() []route {
	return []route{
		{"POST", "/work_queues/", "Create a queue in the agents' work pool", op(201, (*Server).createWorkQueue)},
		{"PATCH", "/work_queues/{id:uuid}", "Change a queue", op(204, (*Server).updateWorkQueue)},
		{"GET", "/work_queues/name/{name}", "Read a queue of the agents' work pool", op(200, (*Server).readWorkQueueByName)},
		{"GET", "/work_queues/{id:uuid}", "Read a queue", op(200, (*Server).readWorkQueue)},
		{"POST", "/work_queues/{id:uuid}/get_runs", "Find the flow runs that an agent may start", op(200, (*Server).getQueueRuns)},
		{"POST", "/work_queues/filter", "Find queues", op(200, (*Server).readWorkQueues)},
		{"DELETE", "/work_queues/{id:uuid}", "Delete a queue", op(204, (*Server).deleteWorkQueue)},
		{"POST", "/work_queues/{id:uuid}/concurrency_status", "Tell who holds the slots of a queue", op(200, (*Server).readQueueConcurrency)},
		{"GET", "/work_queues/{id:uuid}/status", "Tell how a queue is", op(200, (*Server).readQueueStatus)},
	}
}

// openAPIDocument describes every operation that is not a websocket.
func openAPIDocument(version string) ([]byte, error) {
	var operations []openapi.Operation
	for _, rt := range routes() {
		if rt.socket {
			continue
		}
		operations = append(operations, openapi.Operation{
			Method: rt.method, Path: rt.path, Summary: rt.summary, In: rt.in, Out: rt.out, Status: rt.status,
		})
	}
	return openapi.Document("Praetor", version, operations)
}
