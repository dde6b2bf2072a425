package api

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"praetor/internal/config"
	"praetor/internal/prefect"
)

// settingsView shows the settings in the reference's arrangement: a field's place gives the setting's name, so that
// server.api.port is PREFECT_SERVER_API_PORT. Settings that mean nothing to this server are left out, as are those of the
// Python client, which are its own.
type settingsView struct {
	Home  string  `json:"home"`
	UIURL *string `json:"ui_url"`
	API   struct {
		URL *string `json:"url"`
	} `json:"api"`
	Server struct {
		LoggingLevel                       string              `json:"logging_level"`
		MetricsEnabled                     bool                `json:"metrics_enabled"`
		RegisterBlocksOnStart              bool                `json:"register_blocks_on_start"`
		DeploymentScheduleMaxScheduledRuns int64               `json:"deployment_schedule_max_scheduled_runs"`
		API                                apiSettings         `json:"api"`
		Concurrency                        concurrencySettings `json:"concurrency"`
		Database                           databaseSettings    `json:"database"`
		Deployments                        struct {
			ConcurrencySlotWaitSeconds prefect.Seconds `json:"concurrency_slot_wait_seconds"`
		} `json:"deployments"`
		Events       eventSettings `json:"events"`
		FlowRunGraph struct {
			MaxNodes     int64 `json:"max_nodes"`
			MaxArtifacts int64 `json:"max_artifacts"`
		} `json:"flow_run_graph"`
		Logs struct {
			StreamOutEnabled        bool `json:"stream_out_enabled"`
			StreamPublishingEnabled bool `json:"stream_publishing_enabled"`
		} `json:"logs"`
		Services servicesSettings `json:"services"`
		Tasks    tasksSettings    `json:"tasks"`
		UI       struct {
			Enabled   bool    `json:"enabled"`
			APIURL    *string `json:"api_url"`
			ServeBase string  `json:"serve_base"`
		} `json:"ui"`
		WorkerChannel struct {
			CleanupLeaseSeconds        prefect.Seconds `json:"cleanup_lease_seconds"`
			CleanupMaxDeliveryAttempts int64           `json:"cleanup_max_delivery_attempts"`
		} `json:"worker_channel"`
	} `json:"server"`
}

type apiSettings struct {
	AuthString            *string         `json:"auth_string"`
	Host                  string          `json:"host"`
	Port                  int64           `json:"port"`
	BasePath              *string         `json:"base_path"`
	DefaultLimit          int64           `json:"default_limit"`
	KeepaliveTimeout      int64           `json:"keepalive_timeout"`
	CSRFProtectionEnabled bool            `json:"csrf_protection_enabled"`
	CSRFTokenExpiration   isoDuration     `json:"csrf_token_expiration"`
	CORSAllowedOrigins    string          `json:"cors_allowed_origins"`
	CORSAllowedMethods    string          `json:"cors_allowed_methods"`
	CORSAllowedHeaders    string          `json:"cors_allowed_headers"`
	WebsocketPingInterval prefect.Seconds `json:"websocket_ping_interval"`
	WebsocketPingTimeout  prefect.Seconds `json:"websocket_ping_timeout"`
	MaxParameterSize      int64           `json:"max_parameter_size"`
}

type concurrencySettings struct {
	LeaseStorage                      string          `json:"lease_storage"`
	InitialDeploymentLeaseDuration    prefect.Seconds `json:"initial_deployment_lease_duration"`
	MaximumConcurrencySlotWaitSeconds prefect.Seconds `json:"maximum_concurrency_slot_wait_seconds"`
}

type databaseSettings struct {
	SQLAlchemy struct {
		ConnectArgs struct {
			ApplicationName            *string `json:"application_name"`
			SearchPath                 *string `json:"search_path"`
			StatementCacheSize         *int64  `json:"statement_cache_size"`
			PreparedStatementCacheSize *int64  `json:"prepared_statement_cache_size"`
			TLS                        struct {
				Enabled       bool    `json:"enabled"`
				CAFile        *string `json:"ca_file"`
				CertFile      *string `json:"cert_file"`
				KeyFile       *string `json:"key_file"`
				CheckHostname bool    `json:"check_hostname"`
			} `json:"tls"`
		} `json:"connect_args"`
		PoolSize    int64 `json:"pool_size"`
		MaxOverflow int64 `json:"max_overflow"`
	} `json:"sqlalchemy"`
	ConnectionURL     *string          `json:"connection_url"`
	Driver            *string          `json:"driver"`
	Host              *string          `json:"host"`
	Port              *int64           `json:"port"`
	User              *string          `json:"user"`
	Name              *string          `json:"name"`
	Password          *string          `json:"password"`
	MigrateOnStart    bool             `json:"migrate_on_start"`
	Timeout           *prefect.Seconds `json:"timeout"`
	ConnectionTimeout *prefect.Seconds `json:"connection_timeout"`
}

type eventSettings struct {
	StreamOutEnabled          bool        `json:"stream_out_enabled"`
	RelatedResourceCacheTTL   isoDuration `json:"related_resource_cache_ttl"`
	MaximumLabelsPerResource  int64       `json:"maximum_labels_per_resource"`
	MaximumRelatedResources   int64       `json:"maximum_related_resources"`
	MaximumSizeBytes          int64       `json:"maximum_size_bytes"`
	ExpiredBucketBuffer       isoDuration `json:"expired_bucket_buffer"`
	ProactiveGranularity      isoDuration `json:"proactive_granularity"`
	RetentionPeriod           isoDuration `json:"retention_period"`
	MaximumWebsocketBackfill  isoDuration `json:"maximum_websocket_backfill"`
	WebsocketBackfillPageSize int64       `json:"websocket_backfill_page_size"`
	MessagingBroker           string      `json:"messaging_broker"`
	MessagingCache            string      `json:"messaging_cache"`
	CausalOrdering            string      `json:"causal_ordering"`
	MaximumEventNameLength    int64       `json:"maximum_event_name_length"`
}

type serviceSettings struct {
	Enabled     bool            `json:"enabled"`
	LoopSeconds prefect.Seconds `json:"loop_seconds"`
}

type servicesSettings struct {
	CancellationCleanup struct {
		serviceSettings
		CancellingTimeoutSeconds prefect.Seconds `json:"cancelling_timeout_seconds"`
	} `json:"cancellation_cleanup"`
	DBVacuum struct {
		Enabled                  prefect.Raw            `json:"enabled"` // true, false, or a list of what is cleaned
		LoopSeconds              prefect.Seconds        `json:"loop_seconds"`
		OrphanCleanupLoopSeconds prefect.Seconds        `json:"orphan_cleanup_loop_seconds"`
		RetentionPeriod          isoDuration            `json:"retention_period"`
		BatchSize                int64                  `json:"batch_size"`
		EventRetentionOverrides  map[string]isoDuration `json:"event_retention_overrides"`
	} `json:"db_vacuum"`
	EventPersister struct {
		Enabled       bool            `json:"enabled"`
		BatchSize     int64           `json:"batch_size"`
		FlushInterval prefect.Seconds `json:"flush_interval"`
		QueueMaxSize  int64           `json:"queue_max_size"`
	} `json:"event_persister"`
	Foreman struct {
		serviceSettings
		InactivityHeartbeatMultiple        int64 `json:"inactivity_heartbeat_multiple"`
		FallbackHeartbeatIntervalSeconds   int64 `json:"fallback_heartbeat_interval_seconds"`
		DeploymentLastPolledTimeoutSeconds int64 `json:"deployment_last_polled_timeout_seconds"`
		WorkQueueLastPolledTimeoutSeconds  int64 `json:"work_queue_last_polled_timeout_seconds"`
	} `json:"foreman"`
	LateRuns struct {
		serviceSettings
		AfterSeconds isoDuration `json:"after_seconds"`
	} `json:"late_runs"`
	Scheduler struct {
		serviceSettings
		DeploymentBatchSize          int64           `json:"deployment_batch_size"`
		MaxRuns                      int64           `json:"max_runs"`
		MinRuns                      int64           `json:"min_runs"`
		MaxScheduledTime             isoDuration     `json:"max_scheduled_time"`
		MinScheduledTime             isoDuration     `json:"min_scheduled_time"`
		InsertBatchSize              int64           `json:"insert_batch_size"`
		RecentDeploymentsLoopSeconds prefect.Seconds `json:"recent_deployments_loop_seconds"`
	} `json:"scheduler"`
	PauseExpirations  serviceSettings `json:"pause_expirations"`
	Repossessor       serviceSettings `json:"repossessor"`
	CleanupReconciler struct {
		serviceSettings
		BatchSize int64 `json:"batch_size"`
	} `json:"cleanup_reconciler"`
	TaskRunRecorder struct {
		Enabled bool `json:"enabled"`
	} `json:"task_run_recorder"`
	Triggers struct {
		Enabled bool `json:"enabled"`
	} `json:"triggers"`
}

type tasksSettings struct {
	TagConcurrencySlotWaitSeconds prefect.Seconds `json:"tag_concurrency_slot_wait_seconds"`
	MaxCacheKeyLength             int64           `json:"max_cache_key_length"`
	Scheduling                    struct {
		MaxScheduledQueueSize int64       `json:"max_scheduled_queue_size"`
		MaxRetryQueueSize     int64       `json:"max_retry_queue_size"`
		PendingTaskTimeout    isoDuration `json:"pending_task_timeout"`
	} `json:"scheduling"`
}

func (s *Server) readSettings(context.Context, *none) (*settingsView, error) {
	view := &settingsView{}
	return view, fillSettings(reflect.ValueOf(view).Elem(), "PREFECT", s.settings.Values())
}

// hiddenSecret stands for a secret, as in the reference's answer.
const hiddenSecret = "**********"

// fillSettings gives each field the setting that its place names.
func fillSettings(v reflect.Value, prefix string, values map[string]config.Value) error {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name := prefix
		if tag := f.Tag.Get("json"); tag != "" {
			name += "_" + strings.ToUpper(tag)
		}
		if f.Type.Kind() == reflect.Struct {
			if err := fillSettings(v.Field(i), name, values); err != nil {
				return err
			}
			continue
		}
		value, ok := values[name]
		if !ok {
			return fmt.Errorf("there is no setting %s", name)
		}
		if err := fillSetting(v.Field(i).Addr().Interface(), value); err != nil {
			return fmt.Errorf("the setting %s: %w", name, err)
		}
	}
	return nil
}

func fillSetting(field any, value config.Value) error {
	switch at := field.(type) {
	case *string:
		*at = value.Text
		return nil
	case **string:
		switch {
		case value.Text == "":
		case value.Secret:
			hidden := hiddenSecret
			*at = &hidden
		default:
			*at = &value.Text
		}
		return nil
	case *prefect.Raw:
		*at = boolOrList(value.Text)
		return nil
	case *map[string]isoDuration:
		*at = map[string]isoDuration{}
		for name, d := range (config.Vacuum{EventRetention: value.Text}).Overrides() {
			(*at)[name] = isoDurationOf(d)
		}
		return nil
	case *bool:
		if b, ok := value.Typed.(bool); ok {
			*at = b
			return nil
		}
	case **int64:
		n, ok := value.Typed.(*int)
		if ok && n != nil {
			wide := int64(*n)
			*at = &wide
		}
		if ok {
			return nil
		}
	case *int64:
		switch n := value.Typed.(type) {
		case int:
			*at = int64(n)
			return nil
		case int64:
			*at = n
			return nil
		case time.Duration:
			*at = int64(n / time.Second)
			return nil
		}
	}
	if d, ok := value.Typed.(time.Duration); ok {
		seconds := prefect.SecondsOf(d)
		switch at := field.(type) {
		case *prefect.Seconds:
			*at = seconds
			return nil
		case **prefect.Seconds:
			*at = &seconds
			return nil
		case *isoDuration:
			*at = isoDurationOf(d)
			return nil
		}
	}
	return fmt.Errorf("a %T cannot be shown as a %T", value.Typed, field)
}

// boolOrList shows "true" and "false" as what they are, and anything else as the list that it is.
func boolOrList(text string) prefect.Raw {
	if text == "true" || text == "false" {
		return prefect.Raw(text)
	}
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	list, err := json.Marshal(parts)
	if err != nil {
		return prefect.Raw("[]") // texts always encode
	}
	return list
}

// isoDuration is a length of time as Python's pydantic writes it: P7D, PT1H30M.
type isoDuration string

func isoDurationOf(d time.Duration) isoDuration {
	text := "P"
	if d < 0 {
		text, d = "-P", -d
	}
	part := func(unit time.Duration, letter string) {
		if n := d / unit; n > 0 {
			text += strconv.FormatInt(int64(n), 10) + letter
			d %= unit
		}
	}
	part(24*time.Hour, "D")
	if d == 0 && strings.HasSuffix(text, "D") {
		return isoDuration(text)
	}
	text += "T"
	part(time.Hour, "H")
	part(time.Minute, "M")
	if d > 0 || strings.HasSuffix(text, "T") {
		text += strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "S"
	}
	return isoDuration(text)
}
