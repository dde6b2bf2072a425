package prefect

// FlowRunPolicy holds a flow run's settings and its counters of retries and pauses. Every key is stored, the
// deprecated ones too, because the reference reads them back.
type FlowRunPolicy struct {
	MaxRetries        int64     `json:"max_retries" default:"0"`
	RetryDelaySeconds float64   `json:"retry_delay_seconds" default:"0"`
	Retries           *int64    `json:"retries"`
	RetryDelay        *int64    `json:"retry_delay"`
	PauseKeys         *[]string `json:"pause_keys" default:"[]" v:"unique"`
	Resuming          *bool     `json:"resuming" default:"false"`
	RetryType         *string   `json:"retry_type" v:"literal=in_process|reschedule"`
}

// TaskRunPolicy holds a task run's settings. RetryDelay is a number or a list of numbers, in seconds.
type TaskRunPolicy struct {
	MaxRetries        int64    `json:"max_retries" default:"0"`
	RetryDelaySeconds float64  `json:"retry_delay_seconds" default:"0"`
	Retries           *int64   `json:"retries"`
	RetryDelay        Raw      `json:"retry_delay" wire:"retry_delay"`
	RetryJitterFactor *float64 `json:"retry_jitter_factor"`
}
