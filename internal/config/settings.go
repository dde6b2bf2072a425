// Package config reads the server's settings: Prefect's own, under their names and with their defaults and precedence,
// and Praetor's, whose names begin with PRAETOR_.
package config

import (
	"log/slog"
	"time"
)

// Settings are all settings, grouped as Prefect groups them. See table.go for names, defaults and meanings.
type Settings struct {
	// Home is Prefect's folder, where the default database lies.
	Home string

	Logging       Logging
	API           API
	Database      Database
	Events        Events
	Logs          Logs
	Graph         Graph
	Tasks         Tasks
	Deployments   Deployments
	Concurrency   Concurrency
	Redis         Redis
	Services      Services
	WorkerChannel WorkerChannel
	UI            UI
	Praetor       Praetor

	EncryptionKey         string
	RegisterBlocksOnStart bool
	MaxScheduledRuns      int64 // a deployment's default

	// Warnings are remarks on what was read and has no effect.
	Warnings []string

	rows []Row
}

// Logging says what is logged.
type Logging struct{ Level string }

// SlogLevel is the level in the terms of log/slog.
func (l Logging) SlogLevel() slog.Level {
	switch l.Level {
	case "DEBUG":
		return slog.LevelDebug
	case "INFO":
		return slog.LevelInfo
	case "ERROR", "CRITICAL":
		return slog.LevelError
	}
	return slog.LevelWarn
}

// API holds what the HTTP API needs.
type API struct {
	URL                   string // where clients find this server; empty: not known
	Host                  string
	Port                  int
	BasePath              string
	AuthString            string // user:password; empty: no password
	DefaultLimit          int64  // the largest page, and the default one
	KeepaliveTimeout      time.Duration
	CSRFProtectionEnabled bool
	CSRFTokenExpiration   time.Duration
	CORSAllowedOrigins    string
	CORSAllowedMethods    string
	CORSAllowedHeaders    string
	WebsocketPingInterval time.Duration
	WebsocketPingTimeout  time.Duration
	MaxParameterSize      int64 // characters of JSON; 0: no bound
	MetricsEnabled        bool
}

// Database says where the data is; see Target.
type Database struct {
	ConnectionURL          string
	Driver                 string
	Host                   string
	Port                   *int // nil: PostgreSQL's own
	User                   string
	Name                   string
	Password               string
	MigrateOnStart         bool
	Timeout                time.Duration
	ConnectionTimeout      time.Duration
	PoolSize               int
	MaxOverflow            int
	ApplicationName        string
	SearchPath             string
	StatementCacheSize     *int // 0: no prepared statements; nil: not set
	PreparedStatementCache *int // the same
	TLSEnabled             bool
	TLSCAFile              string
	TLSCertFile            string
	TLSKeyFile             string
	TLSCheckHostname       bool

	home string // as in Settings
}

// Events holds the bounds of events and the parts that carry them.
type Events struct {
	StreamOutEnabled         bool
	RelatedResourceCacheTTL  time.Duration
	MaximumLabelsPerResource int
	MaximumRelatedResources  int
	MaximumSizeBytes         int
	MaximumEventNameLength   int
	ExpiredBucketBuffer      time.Duration
	ProactiveGranularity     time.Duration
	RetentionPeriod          time.Duration
	MaximumWebsocketBackfill time.Duration
	BackfillPageSize         int
	MessagingBroker          string // MemoryBroker, PostgresBroker or RedisBroker
	MessagingCache           string
	CausalOrdering           string
}

// The brokers that there are.
const (
	MemoryBroker   = "memory"   // for the only server of a database
	PostgresBroker = "postgres" // for servers that share a PostgreSQL database
	RedisBroker    = "redis"    // for servers beside some of the reference's, which share a Redis with them
)

// Logs says whether logs are streamed.
type Logs struct {
	StreamOutEnabled        bool
	StreamPublishingEnabled bool
}

// Graph bounds the graph of a flow run.
type Graph struct {
	MaxNodes     int64
	MaxArtifacts int64
}

// Tasks holds what task runs need.
type Tasks struct {
	TagConcurrencySlotWait time.Duration
	MaxCacheKeyLength      int
	MaxScheduledQueueSize  int
	MaxRetryQueueSize      int
	PendingTaskTimeout     time.Duration
}

// Deployments holds what deployments need.
type Deployments struct{ ConcurrencySlotWait time.Duration }

// Concurrency holds what concurrency limits need.
type Concurrency struct {
	LeaseStorage                   string // DatabaseLeases, MemoryLeases, FileLeases or RedisLeases
	InitialDeploymentLeaseDuration time.Duration
	MaximumSlotWait                time.Duration
}

// The places where leases of concurrency slots may be kept.
const (
	DatabaseLeases = "database"
	MemoryLeases   = "memory"
	FileLeases     = "filesystem" // the folder concurrency_leases in Home
	RedisLeases    = "redis"
)

// Redis says how to reach a Redis server, as the reference's package prefect_redis has it.
type Redis struct {
	URL      string // in place of all others
	Host     string
	Port     int
	DB       int
	Username string
	Password string // empty: none is sent
	SSL      bool

	// For consumers of messages; see the settings' descriptions.
	Block, MinIdle, TrimEvery, TrimIdle time.Duration
	MaxRetries                          int
}

// Services switches the background services and says how often they run.
type Services struct {
	CancellationCleanup CancellationCleanup
	EventPersister      EventPersister
	Foreman             Foreman
	LateRuns            LateRuns
	Scheduler           Scheduler
	PauseExpirations    Service
	Repossessor         Service
	CleanupReconciler   CleanupReconciler
	TaskRunRecorder     TaskRunRecorder
	Triggers            Triggers
	Vacuum              Vacuum
}

// Service is a background service without further settings.
type Service struct {
	Enabled bool
	Every   time.Duration
}

// CancellationCleanup ends what belongs to cancelled runs.
type CancellationCleanup struct {
	Service
	CancellingTimeout time.Duration
}

// EventPersister stores and forgets events.
type EventPersister struct {
	Enabled       bool
	BatchSize     int
	FlushInterval time.Duration
	QueueMaxSize  int
}

// Foreman watches workers.
type Foreman struct {
	Service
	InactivityHeartbeatMultiple int
	FallbackHeartbeatInterval   time.Duration
	DeploymentLastPolledTimeout time.Duration
	WorkQueueLastPolledTimeout  time.Duration
}

// LateRuns marks runs late.
type LateRuns struct {
	Service
	After time.Duration
}

// Scheduler plans the runs of deployments.
type Scheduler struct {
	Service
	DeploymentBatchSize int64
	MaxRuns             int64
	MinRuns             int64
	MaxScheduledTime    time.Duration
	MinScheduledTime    time.Duration
	InsertBatchSize     int64
	RecentEvery         time.Duration
}

// WorkerChannel holds what the channels of workers need.
type WorkerChannel struct {
	CleanupLease         time.Duration
	CleanupMaxDeliveries int64
}

// CleanupReconciler repairs what cancellations left behind.
type CleanupReconciler struct {
	Service
	BatchSize int64
}

// TaskRunRecorder records task runs from events.
type TaskRunRecorder struct{ Enabled bool }

// Triggers evaluates automations.
type Triggers struct{ Enabled bool }

// Vacuum deletes what is older than its retention.
type Vacuum struct {
	Enabled         string // true, false, or a list of what is cleaned: see Kinds
	Every           time.Duration
	OrphansEvery    time.Duration
	EventRetention  string // see Overrides
	RetentionPeriod time.Duration
	BatchSize       int64
}

// UI says where the user interface is.
type UI struct {
	Enabled   bool
	URL       string // where people open it, for links in messages; empty: nobody said
	APIURL    string
	ServeBase string
}

// Praetor holds the settings that Prefect does not have.
type Praetor struct {
	MaxBodyBytes       int64
	ShutdownGrace      time.Duration
	SQLiteReaders      int
	MaxWebsockets      int
	SocketBacklogBytes int
	LogFormat          string // text or json
	TaskRedelivery     time.Duration
	SlotHold           time.Duration
	MaxHeldRequests    int
	ListenURL          string // a libpq URL; empty: the database's
	PublicOnly         bool   // of the addresses that notifications and webhooks may go to
}
