package config

import (
	"strconv"
	"strings"

	"praetor/internal/fernet"
)

// setting is one line of the table: what it is called, where it goes and what it starts as.
type setting struct {
	names []string // the preferred name first, then the aliases that Prefect accepts
	start string   // the default, written as a user would
	at    func(*Settings) any
	doc   string
	limit string // what check allows, in words
	check func(value string) (string, bool)
	allow bounds // of a number, in its unit, or of a duration, in seconds
	// secret says what of the value may be printed
	secret secrecy
}

func names(n ...string) []string { return n }

// secrecy is how much of a value may be printed.
type secrecy int

const (
	public  secrecy = iota
	secret          // nothing
	address         // all but the password
)

// bounds restrict a number; the zero value allows all.
type bounds struct {
	least, most float64
	open        bool // least itself is too little
	set, capped bool
}

func notNegative() bounds       { return bounds{set: true} }
func moreThan(n float64) bounds { return bounds{least: n, open: true, set: true} }
func between(least, most float64) bounds {
	return bounds{least: least, most: most, set: true, capped: true}
}

func (b bounds) holds(n float64) bool {
	return !b.set || (n > b.least || n == b.least && !b.open) && (!b.capped || n <= b.most)
}

// words continue a sentence that says what is allowed.
func (b bounds) words() string {
	number := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	switch {
	case !b.set:
		return ""
	case b.capped:
		return " from " + number(b.least) + " to " + number(b.most)
	case b.open:
		return " above " + number(b.least)
	}
	return " not below " + number(b.least)
}

// level takes the name of a level in any case, as Prefect does.
func level(v string) (string, bool) {
	return oneOf("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")(strings.ToUpper(v))
}

// oneOf allows a few words.
func oneOf(words ...string) func(string) (string, bool) {
	return func(v string) (string, bool) {
		for _, w := range words {
			if v == w {
				return w, true
			}
		}
		return "", false
	}
}

// module maps the Python modules that a setting of Prefect may name to what is built in here. The built-in names
// themselves are accepted too.
func module(byModule map[string]string) func(string) (string, bool) {
	return func(v string) (string, bool) {
		for name, builtIn := range byModule {
			if v == name || v == builtIn {
				return builtIn, true
			}
		}
		return "", false
	}
}

// fernetKey allows a key of package fernet, or none.
func fernetKey(v string) (string, bool) {
	_, err := fernet.ParseKey(v)
	return v, v == "" || err == nil
}

// table is every setting that this server has a use for. Names and defaults are Prefect 3.8.8's.
func table() []setting {
	return append(append(append(apiSettings(), databaseSettings()...), redisSettings()...), append(eventSettings(), append(serviceSettings(), ownSettings()...)...)...)
}

const leaseStorages = "database, memory, filesystem or redis, or Prefect's module of that kind"

// leaseStorage maps Prefect's modules. Its default, which keeps leases in the process, becomes the database, where all servers see
// them and a restart loses none; who does want them in the process says "memory".
func leaseStorage(v string) (string, bool) {
	if v == MemoryLeases {
		return v, true
	}
	return module(map[string]string{
		"prefect.server.concurrency.lease_storage.memory":     DatabaseLeases,
		"prefect.server.concurrency.lease_storage.filesystem": FileLeases,
		"prefect_redis.lease_storage":                         RedisLeases,
	})(v)
}

func apiSettings() []setting {
	return []setting{
		{names: names("PREFECT_HOME"), start: "~/.prefect", at: func(s *Settings) any { return &s.Home }, doc: "the folder of the default database, and of the profiles when the environment names it"},
		{names: names("PREFECT_SERVER_LOGGING_LEVEL", "PREFECT_LOGGING_SERVER_LEVEL"), start: "WARNING", at: func(s *Settings) any { return &s.Logging.Level },
			doc: "the least severe messages to log", limit: "DEBUG, INFO, WARNING, ERROR or CRITICAL", check: level},
		{names: names("PREFECT_SERVER_API_HOST"), start: "127.0.0.1", at: func(s *Settings) any { return &s.API.Host }, doc: "the address to listen on"},
		{names: names("PREFECT_SERVER_API_PORT"), start: "4200", at: func(s *Settings) any { return &s.API.Port }, doc: "the port to listen on", allow: between(0, 65535)},
		{names: names("PREFECT_API_URL"), at: func(s *Settings) any { return &s.API.URL }, doc: "where clients find the API: the user interface's address of it, where that is not set"},
		{names: names("PREFECT_SERVER_API_BASE_PATH"), at: func(s *Settings) any { return &s.API.BasePath }, doc: "a path before /api"},
		{names: names("PREFECT_SERVER_API_AUTH_STRING"), at: func(s *Settings) any { return &s.API.AuthString }, doc: "user:password that clients must send", secret: secret},
		{names: names("PREFECT_SERVER_API_DEFAULT_LIMIT", "PREFECT_API_DEFAULT_LIMIT"), start: "200", at: func(s *Settings) any { return &s.API.DefaultLimit }, doc: "the largest page, and the default one", allow: notNegative()},
		{names: names("PREFECT_SERVER_API_KEEPALIVE_TIMEOUT"), start: "5", at: func(s *Settings) any { return &s.API.KeepaliveTimeout }, doc: "how long an idle connection stays open", allow: notNegative()},
		{names: names("PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED", "PREFECT_SERVER_CSRF_PROTECTION_ENABLED"), start: "false", at: func(s *Settings) any { return &s.API.CSRFProtectionEnabled }, doc: "whether changes need a CSRF token"},
		{names: names("PREFECT_SERVER_API_CSRF_TOKEN_EXPIRATION", "PREFECT_SERVER_CSRF_TOKEN_EXPIRATION"), start: "3600", at: func(s *Settings) any { return &s.API.CSRFTokenExpiration }, doc: "how long a CSRF token is valid", allow: moreThan(0)},
		{names: names("PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS", "PREFECT_SERVER_CORS_ALLOWED_ORIGINS"), start: "*", at: func(s *Settings) any { return &s.API.CORSAllowedOrigins }, doc: "origins of other sites' pages that may use the API"},
		{names: names("PREFECT_SERVER_API_CORS_ALLOWED_METHODS", "PREFECT_SERVER_CORS_ALLOWED_METHODS"), start: "*", at: func(s *Settings) any { return &s.API.CORSAllowedMethods }, doc: "methods that they may use"},
		{names: names("PREFECT_SERVER_API_CORS_ALLOWED_HEADERS", "PREFECT_SERVER_CORS_ALLOWED_HEADERS"), start: "*", at: func(s *Settings) any { return &s.API.CORSAllowedHeaders }, doc: "headers that they may send"},
		{names: names("PREFECT_SERVER_API_WEBSOCKET_PING_INTERVAL"), start: "20", at: func(s *Settings) any { return &s.API.WebsocketPingInterval }, doc: "how often a silent websocket is asked for a sign of life"},
		{names: names("PREFECT_SERVER_API_WEBSOCKET_PING_TIMEOUT"), start: "20", at: func(s *Settings) any { return &s.API.WebsocketPingTimeout }, doc: "how long it may take to give one"},
		{names: names("PREFECT_SERVER_API_MAX_PARAMETER_SIZE"), start: "524288", at: func(s *Settings) any { return &s.API.MaxParameterSize }, doc: "the largest parameters of a flow run, in characters of JSON", allow: notNegative()},
		{names: names("PREFECT_SERVER_METRICS_ENABLED", "PREFECT_API_ENABLE_METRICS"), start: "false", at: func(s *Settings) any { return &s.API.MetricsEnabled }, doc: "whether Prometheus metrics are served"},
		{names: names("PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED"), start: "false", at: func(s *Settings) any { return &s.Logs.StreamOutEnabled }, doc: "whether logs can be followed live"},
		{names: names("PREFECT_SERVER_LOGS_STREAM_PUBLISHING_ENABLED"), start: "false", at: func(s *Settings) any { return &s.Logs.StreamPublishingEnabled }, doc: "whether new logs are passed on to those who follow"},
		{names: names("PREFECT_SERVER_FLOW_RUN_GRAPH_MAX_NODES", "PREFECT_API_MAX_FLOW_RUN_GRAPH_NODES"), start: "10000", at: func(s *Settings) any { return &s.Graph.MaxNodes }, doc: "the most nodes of a flow run's graph", allow: notNegative()},
		{names: names("PREFECT_SERVER_FLOW_RUN_GRAPH_MAX_ARTIFACTS", "PREFECT_API_MAX_FLOW_RUN_GRAPH_ARTIFACTS"), start: "10000", at: func(s *Settings) any { return &s.Graph.MaxArtifacts }, doc: "the most artifacts in it", allow: notNegative()},
		{names: names("PREFECT_SERVER_TASKS_TAG_CONCURRENCY_SLOT_WAIT_SECONDS", "PREFECT_TASK_RUN_TAG_CONCURRENCY_SLOT_WAIT_SECONDS"), start: "10", at: func(s *Settings) any { return &s.Tasks.TagConcurrencySlotWait }, doc: "how long a task run waits before it asks for a slot again", allow: notNegative()},
		{names: names("PREFECT_SERVER_TASKS_MAX_CACHE_KEY_LENGTH", "PREFECT_API_TASK_CACHE_KEY_MAX_LENGTH"), start: "2000", at: func(s *Settings) any { return &s.Tasks.MaxCacheKeyLength }, doc: "the longest cache key, in characters"},
		{names: names("PREFECT_SERVER_TASKS_SCHEDULING_MAX_SCHEDULED_QUEUE_SIZE", "PREFECT_TASK_SCHEDULING_MAX_SCHEDULED_QUEUE_SIZE"), start: "1000", at: func(s *Settings) any { return &s.Tasks.MaxScheduledQueueSize }, doc: "the most background tasks that wait for a task worker"},
		{names: names("PREFECT_SERVER_TASKS_SCHEDULING_MAX_RETRY_QUEUE_SIZE", "PREFECT_TASK_SCHEDULING_MAX_RETRY_QUEUE_SIZE"), start: "100", at: func(s *Settings) any { return &s.Tasks.MaxRetryQueueSize }, doc: "the most background tasks that wait for another try"},
		{names: names("PREFECT_SERVER_TASKS_SCHEDULING_PENDING_TASK_TIMEOUT", "PREFECT_TASK_SCHEDULING_PENDING_TASK_TIMEOUT"), start: "0", at: func(s *Settings) any { return &s.Tasks.PendingTaskTimeout }, doc: "after how long a pending background task is offered again"},
		{names: names("PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS", "PREFECT_DEPLOYMENT_CONCURRENCY_SLOT_WAIT_SECONDS"), start: "30", at: func(s *Settings) any { return &s.Deployments.ConcurrencySlotWait }, doc: "how long a flow run waits before it asks for a slot again", allow: notNegative()},
		{names: names("PREFECT_SERVER_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS", "PREFECT_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS"), start: "50", at: func(s *Settings) any { return &s.MaxScheduledRuns }, doc: "the most runs that a deployment's schedule plans ahead"},
		{names: names("PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE"), start: "prefect.server.concurrency.lease_storage.memory", at: func(s *Settings) any { return &s.Concurrency.LeaseStorage },
			doc: "where leases of concurrency slots are kept", limit: leaseStorages, check: leaseStorage},
		{names: names("PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION"), start: "300", at: func(s *Settings) any { return &s.Concurrency.InitialDeploymentLeaseDuration }, doc: "how long a flow run keeps its slot before it renews it", allow: between(30, 3600)},
		{names: names("PREFECT_SERVER_CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS"), start: "30", at: func(s *Settings) any { return &s.Concurrency.MaximumSlotWait }, doc: "the longest that a client is told to wait for a slot", allow: notNegative()},
		{names: names("PREFECT_SERVER_REGISTER_BLOCKS_ON_START", "PREFECT_API_BLOCKS_REGISTER_ON_START"), start: "true", at: func(s *Settings) any { return &s.RegisterBlocksOnStart }, doc: "whether the core block types are registered at start"},
		{names: names("PREFECT_SERVER_ENCRYPTION_KEY", "ORION_ENCRYPTION_KEY"), at: func(s *Settings) any { return &s.EncryptionKey },
			doc: "the Fernet key of block secrets", limit: "a Fernet key: 32 bytes in URL-safe Base64", check: fernetKey, secret: secret},
		{names: names("PREFECT_SERVER_UI_ENABLED", "PREFECT_UI_ENABLED"), start: "true", at: func(s *Settings) any { return &s.UI.Enabled }, doc: "whether the user interface is served"},
		{names: names("PREFECT_UI_URL"), at: func(s *Settings) any { return &s.UI.URL }, doc: "where people open the user interface, for links in messages: beside PREFECT_API_URL, where that is set and this is not"},
		{names: names("PREFECT_SERVER_UI_API_URL", "PREFECT_UI_API_URL"), at: func(s *Settings) any { return &s.UI.APIURL }, doc: "where the user interface finds the API"},
		{names: names("PREFECT_SERVER_UI_SERVE_BASE", "PREFECT_UI_SERVE_BASE"), start: "/", at: func(s *Settings) any { return &s.UI.ServeBase }, doc: "the user interface's path"},
	}
}

func databaseSettings() []setting {
	return []setting{
		{names: names("PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_API_DATABASE_CONNECTION_URL"), at: func(s *Settings) any { return &s.Database.ConnectionURL }, doc: "the database's address, as SQLAlchemy writes it", secret: address},
		{names: names("PREFECT_SERVER_DATABASE_DRIVER", "PREFECT_API_DATABASE_DRIVER"), at: func(s *Settings) any { return &s.Database.Driver }, doc: "the kind of database, where there is no address",
			limit: "postgresql+asyncpg or sqlite+aiosqlite", check: oneOf("", "postgresql+asyncpg", "sqlite+aiosqlite")},
		{names: names("PREFECT_SERVER_DATABASE_HOST", "PREFECT_API_DATABASE_HOST"), at: func(s *Settings) any { return &s.Database.Host }, doc: "its host"},
		{names: names("PREFECT_SERVER_DATABASE_PORT", "PREFECT_API_DATABASE_PORT"), at: func(s *Settings) any { return &s.Database.Port }, doc: "its port", allow: between(1, 65535)},
		{names: names("PREFECT_SERVER_DATABASE_USER", "PREFECT_API_DATABASE_USER"), at: func(s *Settings) any { return &s.Database.User }, doc: "its user"},
		{names: names("PREFECT_SERVER_DATABASE_NAME", "PREFECT_API_DATABASE_NAME"), at: func(s *Settings) any { return &s.Database.Name }, doc: "its name, or SQLite's file"},
		{names: names("PREFECT_SERVER_DATABASE_PASSWORD", "PREFECT_API_DATABASE_PASSWORD"), at: func(s *Settings) any { return &s.Database.Password }, doc: "its password", secret: secret},
		{names: names("PREFECT_SERVER_DATABASE_MIGRATE_ON_START", "PREFECT_API_DATABASE_MIGRATE_ON_START"), start: "true", at: func(s *Settings) any { return &s.Database.MigrateOnStart }, doc: "whether the start makes the schema in an empty database"},
		{names: names("PREFECT_SERVER_DATABASE_TIMEOUT", "PREFECT_API_DATABASE_TIMEOUT"), start: "10", at: func(s *Settings) any { return &s.Database.Timeout }, doc: "after how long a statement is cancelled", allow: notNegative()},
		{names: names("PREFECT_SERVER_DATABASE_CONNECTION_TIMEOUT", "PREFECT_API_DATABASE_CONNECTION_TIMEOUT"), start: "5", at: func(s *Settings) any { return &s.Database.ConnectionTimeout }, doc: "how long connecting may take", allow: notNegative()},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE", "PREFECT_SQLALCHEMY_POOL_SIZE"), start: "5", at: func(s *Settings) any { return &s.Database.PoolSize }, doc: "connections to PostgreSQL"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_MAX_OVERFLOW", "PREFECT_SQLALCHEMY_MAX_OVERFLOW"), start: "10", at: func(s *Settings) any { return &s.Database.MaxOverflow }, doc: "more of them when busy"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_APPLICATION_NAME"), at: func(s *Settings) any { return &s.Database.ApplicationName }, doc: "how PostgreSQL knows this server"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_SEARCH_PATH"), at: func(s *Settings) any { return &s.Database.SearchPath }, doc: "PostgreSQL's search path"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_STATEMENT_CACHE_SIZE"), at: func(s *Settings) any { return &s.Database.StatementCacheSize }, doc: "0 turns prepared statements off, for poolers that cannot keep them"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_PREPARED_STATEMENT_CACHE_SIZE"), at: func(s *Settings) any { return &s.Database.PreparedStatementCache }, doc: "the same"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_ENABLED"), start: "false", at: func(s *Settings) any { return &s.Database.TLSEnabled }, doc: "whether PostgreSQL is spoken to over TLS"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_CA_FILE"), at: func(s *Settings) any { return &s.Database.TLSCAFile }, doc: "the authority that signed PostgreSQL's certificate"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_CERT_FILE"), at: func(s *Settings) any { return &s.Database.TLSCertFile }, doc: "this server's certificate"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_KEY_FILE"), at: func(s *Settings) any { return &s.Database.TLSKeyFile }, doc: "its key"},
		{names: names("PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_TLS_CHECK_HOSTNAME"), start: "true", at: func(s *Settings) any { return &s.Database.TLSCheckHostname }, doc: "whether the certificate must name the host"},
	}
}

func eventSettings() []setting {
	brokers := module(map[string]string{"prefect.server.utilities.messaging.memory": MemoryBroker, "prefect_redis.messaging": RedisBroker})
	return []setting{
		{names: names("PREFECT_SERVER_EVENTS_STREAM_OUT_ENABLED", "PREFECT_API_EVENTS_STREAM_OUT_ENABLED"), start: "true", at: func(s *Settings) any { return &s.Events.StreamOutEnabled }, doc: "whether events can be followed live"},
		{names: names("PREFECT_SERVER_EVENTS_RELATED_RESOURCE_CACHE_TTL", "PREFECT_API_EVENTS_RELATED_RESOURCE_CACHE_TTL"), start: "300", at: func(s *Settings) any { return &s.Events.RelatedResourceCacheTTL }, doc: "how long what is known of related resources is kept"},
		{names: names("PREFECT_SERVER_EVENTS_MAXIMUM_LABELS_PER_RESOURCE", "PREFECT_EVENTS_MAXIMUM_LABELS_PER_RESOURCE"), start: "500", at: func(s *Settings) any { return &s.Events.MaximumLabelsPerResource }, doc: "the most labels of a resource"},
		{names: names("PREFECT_SERVER_EVENTS_MAXIMUM_RELATED_RESOURCES", "PREFECT_EVENTS_MAXIMUM_RELATED_RESOURCES"), start: "100", at: func(s *Settings) any { return &s.Events.MaximumRelatedResources }, doc: "the most related resources of an event"},
		{names: names("PREFECT_SERVER_EVENTS_MAXIMUM_SIZE_BYTES", "PREFECT_EVENTS_MAXIMUM_SIZE_BYTES"), start: "1500000", at: func(s *Settings) any { return &s.Events.MaximumSizeBytes }, doc: "the largest event", allow: moreThan(0)},
		{names: names("PREFECT_SERVER_EVENTS_MAXIMUM_EVENT_NAME_LENGTH"), start: "1024", at: func(s *Settings) any { return &s.Events.MaximumEventNameLength }, doc: "the longest name of an event, in characters", allow: moreThan(0)},
		{names: names("PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER", "PREFECT_EVENTS_EXPIRED_BUCKET_BUFFER"), start: "60", at: func(s *Settings) any { return &s.Events.ExpiredBucketBuffer }, doc: "how long ended buckets of triggers are kept"},
		{names: names("PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY", "PREFECT_EVENTS_PROACTIVE_GRANULARITY"), start: "5", at: func(s *Settings) any { return &s.Events.ProactiveGranularity }, doc: "how often proactive triggers are looked at"},
		{names: names("PREFECT_SERVER_EVENTS_RETENTION_PERIOD", "PREFECT_EVENTS_RETENTION_PERIOD"), start: "604800", at: func(s *Settings) any { return &s.Events.RetentionPeriod }, doc: "how long events are kept"},
		{names: names("PREFECT_SERVER_EVENTS_MAXIMUM_WEBSOCKET_BACKFILL", "PREFECT_EVENTS_MAXIMUM_WEBSOCKET_BACKFILL"), start: "900", at: func(s *Settings) any { return &s.Events.MaximumWebsocketBackfill }, doc: "how far back a live stream begins"},
		{names: names("PREFECT_SERVER_EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE", "PREFECT_EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE"), start: "250", at: func(s *Settings) any { return &s.Events.BackfillPageSize }, doc: "events read at once for that", allow: moreThan(0)},
		{names: names("PREFECT_SERVER_EVENTS_MESSAGING_BROKER", "PREFECT_MESSAGING_BROKER"), start: "prefect.server.utilities.messaging.memory", at: func(s *Settings) any { return &s.Events.MessagingBroker },
			doc: "how servers tell each other of news; where nothing is set, postgres on PostgreSQL and memory on SQLite", limit: "memory or redis, or Prefect's module of that kind, or postgres",
			check: func(v string) (string, bool) {
				if v == PostgresBroker {
					return v, true
				}
				return brokers(v)
			}},
		{names: names("PREFECT_SERVER_EVENTS_MESSAGING_CACHE", "PREFECT_MESSAGING_CACHE"), start: "prefect.server.utilities.messaging.memory", at: func(s *Settings) any { return &s.Events.MessagingCache },
			doc: "where repeated messages are noticed: with the broker, whatever is set", limit: "memory or redis, or Prefect's module of that kind", check: brokers},
		{names: names("PREFECT_SERVER_EVENTS_CAUSAL_ORDERING"), start: "prefect.server.events.ordering.memory", at: func(s *Settings) any { return &s.Events.CausalOrdering },
			doc: "where events wait for those that they follow: with the broker redis there, else in the database, whatever is set", limit: "memory, db or redis, or Prefect's module of that kind",
			check: module(map[string]string{"prefect.server.events.ordering.memory": "memory", "prefect.server.events.ordering.db": "db", "prefect_redis.ordering": RedisBroker})},
	}
}

func ownSettings() []setting {
	return []setting{
		{names: names("PRAETOR_MAX_BODY_BYTES"), start: "16777216", at: func(s *Settings) any { return &s.Praetor.MaxBodyBytes }, doc: "the largest request body: room for the largest batch of logs that the client sends, many times over", allow: moreThan(0)},
		{names: names("PRAETOR_SHUTDOWN_GRACE_SECONDS"), start: "10", at: func(s *Settings) any { return &s.Praetor.ShutdownGrace }, doc: "how long requests in flight may take to finish at the stop", allow: notNegative()},
		{names: names("PRAETOR_SQLITE_READERS"), start: "4", at: func(s *Settings) any { return &s.Praetor.SQLiteReaders }, doc: "connections that read a SQLite database", allow: between(1, 1000)},
		{names: names("PRAETOR_MAX_WEBSOCKETS"), start: "4096", at: func(s *Settings) any { return &s.Praetor.MaxWebsockets }, doc: "the most open websockets", allow: notNegative()},
		{names: names("PRAETOR_SOCKET_BACKLOG_BYTES"), start: "4194304", at: func(s *Settings) any { return &s.Praetor.SocketBacklogBytes }, doc: "how far a websocket that follows logs may be behind before it is cut off", allow: moreThan(0)},
		{names: names("PRAETOR_CONCURRENCY_HOLD_SECONDS"), start: "3", at: func(s *Settings) any { return &s.Praetor.SlotHold }, doc: "for how long a request for slots of a full limit is held, so that it is answered when one comes free", allow: between(0, 30)},
		{names: names("PRAETOR_CONCURRENCY_MAX_HELD_REQUESTS"), start: "2000", at: func(s *Settings) any { return &s.Praetor.MaxHeldRequests }, doc: "the most requests that are held so at once", allow: notNegative()},
		{names: names("PRAETOR_LOG_FORMAT"), start: "text", at: func(s *Settings) any { return &s.Praetor.LogFormat }, doc: "how the log looks", limit: "text or json", check: oneOf("text", "json")},
		{names: names("PRAETOR_PUBLIC_ADDRESSES_ONLY"), start: "false", at: func(s *Settings) any { return &s.Praetor.PublicOnly }, doc: "whether notifications and webhooks may go to public addresses only: none that is private, of this machine or of its link, whatever their blocks allow"},
		{names: names("PRAETOR_TASK_REDELIVERY_SECONDS"), start: "30", at: func(s *Settings) any { return &s.Praetor.TaskRedelivery }, doc: "after how long another task worker gets a background task that the one which took it did not begin before it went; 0: never", allow: notNegative()},
		{names: names("PRAETOR_DATABASE_LISTEN_URL"), at: func(s *Settings) any { return &s.Praetor.ListenURL }, doc: "the PostgreSQL database's address, as libpq writes it, for the one connection that listens: past a pooler in transaction mode", secret: address},
	}
}
