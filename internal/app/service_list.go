package app

import (
	"praetor/internal/config"
)

// ServiceInfo is what a list of the background services tells of one.
type ServiceInfo struct {
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
	// Setting is the name of the setting that switches it.
	Setting     string `json:"environment_variable"`
	Description string `json:"description"`
}

// ServiceList tells of all background services whether the settings turn them on. One that consists of several loops is one here.
func ServiceList(settings *config.Settings) []ServiceInfo {
	s := &settings.Services
	kinds := s.Vacuum.Kinds()
	vacuum := kinds[config.VacuumFlowRuns] || kinds[config.VacuumOrphans] || kinds[config.VacuumEvents] && s.EventPersister.Enabled
	return []ServiceInfo{
		{"scheduler", s.Scheduler.Enabled, "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED", "plans the runs of deployments by their schedules"},
		{"late-runs", s.LateRuns.Enabled, "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED", "marks runs that nobody has begun in time as late"},
		{"pause-expirations", s.PauseExpirations.Enabled, "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_ENABLED", "fails runs that nobody has resumed in time"},
		{"cancellation-cleanup", s.CancellationCleanup.Enabled, "PREFECT_SERVER_SERVICES_CANCELLATION_CLEANUP_ENABLED", "ends what belongs to cancelled runs, and runs that take too long to end"},
		{"foreman", s.Foreman.Enabled, "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED", "watches workers, and what they work for"},
		{"repossessor", s.Repossessor.Enabled, "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED", "gives back the slots of concurrency limits that nobody holds any more"},
		{"cleanup-reconciler", s.CleanupReconciler.Enabled, "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_ENABLED", "has another worker take infrastructure down when one did not answer"},
		{"triggers", s.Triggers.Enabled, "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED", "holds events and the time against automations"},
		{"actions", s.Triggers.Enabled, "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED", "does what automations do when they fire"},
		{"vacuum", vacuum, "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED", "deletes what is older than it is to be kept"},
	}
}
