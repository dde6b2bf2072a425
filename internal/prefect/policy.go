package prefect

import (
	"math"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FlowRunPolicy holds a flow run's settings and its counters of retries and pauses. Every key is stored, the
// deprecated ones too, because the reference reads them back.
type FlowRunPolicy struct {
	MaxRetries        int64     `json:"max_retries" default:"0"`
	RetryDelaySeconds Seconds   `json:"retry_delay_seconds" default:"0"`
	Retries           *int64    `json:"retries" instead:"max_retries"`
	RetryDelay        *int64    `json:"retry_delay" instead:"retry_delay_seconds"`
	PauseKeys         *[]string `json:"pause_keys" default:"[]" v:"unique"`
	Resuming          *bool     `json:"resuming" default:"false"`
	RetryType         *string   `json:"retry_type" v:"literal=in_process|reschedule"`
	// Unknown are keys of a newer server: they are kept as they are.
	Unknown Raw `json:",embed"`
}

// TaskRunPolicy holds a task run's settings. RetryDelay is a number or a list of numbers, in seconds.
type TaskRunPolicy struct {
	MaxRetries        int64    `json:"max_retries" default:"0"`
	RetryDelaySeconds Seconds  `json:"retry_delay_seconds" default:"0"`
	Retries           *int64   `json:"retries" instead:"max_retries"`
	RetryDelay        Raw      `json:"retry_delay" wire:"retry_delay" instead:"retry_delay_seconds"`
	RetryJitterFactor *float64 `json:"retry_jitter_factor"`
	// Unknown are keys of a newer server: they are kept as they are.
	Unknown Raw `json:",embed"`
}

// maxRetryDelays is the length of the longest list of delays.
const maxRetryDelays = 50

// Violations checks the number of delays and the jitter.
func (p *TaskRunPolicy) Violations() []Violation {
	var all []Violation
	if p.RetryDelay.Kind() == '[' {
		var delays []Raw
		if err := json.Unmarshal(p.RetryDelay, &delays); err != nil || len(delays) > maxRetryDelays {
			all = append(all, Violation{Field: "retry_delay", Message: "Can not configure more than 50 retry delays per task."})
		}
	}
	if p.RetryJitterFactor != nil && *p.RetryJitterFactor < 0 {
		all = append(all, Violation{Field: "retry_jitter_factor", Message: "`retry_jitter_factor` must be >= 0."})
	}
	return all
}

// UnmarshalJSONFrom reads what a server has stored. The deprecated keys stand in for those that took their place, as they
// do in requests.
func (p *FlowRunPolicy) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain FlowRunPolicy
	if err := json.UnmarshalDecode(dec, (*plain)(p)); err != nil {
		return err
	}
	p.Retries = retriesOr(p.Retries, p.MaxRetries)
	if delay := float64(p.RetryDelaySeconds); (p.RetryDelay == nil || *p.RetryDelay == 0) && delay != 0 && delay == math.Trunc(delay) {
		whole := int64(delay)
		p.RetryDelay = &whole
	}
	return nil
}

// UnmarshalJSONFrom reads what a server has stored, as FlowRunPolicy's does.
func (p *TaskRunPolicy) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type plain TaskRunPolicy
	if err := json.UnmarshalDecode(dec, (*plain)(p)); err != nil {
		return err
	}
	p.Retries = retriesOr(p.Retries, p.MaxRetries)
	if delay := string(p.RetryDelay); (delay == "" || delay == "null" || delay == "0" || delay == "[]") && p.RetryDelaySeconds != 0 {
		number, err := json.Marshal(p.RetryDelaySeconds)
		p.RetryDelay = number
		return err
	}
	return nil
}

func retriesOr(retries *int64, deprecated int64) *int64 {
	if (retries == nil || *retries == 0) && deprecated != 0 {
		return &deprecated
	}
	return retries
}
