package concurrency

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/prefect"
)

// leaseDocument is a lease as the reference writes it into files and into Redis.
type leaseDocument struct {
	ID         uuid.UUID      `json:"id"`
	Limits     []uuid.UUID    `json:"resource_ids"`
	Metadata   *leaseMetadata `json:"metadata"`
	Expiration string         `json:"expiration"`
	Created    string         `json:"created_at"`
}

type leaseMetadata struct {
	Slots  int64       `json:"slots"`
	Holder *HolderJSON `json:"holder,omitzero"`
}

// HolderJSON is a holder as the reference writes it.
type HolderJSON struct {
	Type prefect.LeaseHolderType `json:"type"`
	ID   uuid.UUID               `json:"id"`
}

// isoFormat is what Python's isoformat gives for a time in UTC. It reads times with and without fractions.
const isoFormat = "2006-01-02T15:04:05.000000-07:00"

// ISO is a time as Python writes it.
func ISO(t prefect.Time) string { return t.UTC().Format(isoFormat) }

// ParseISO reads a time that Python wrote.
func ParseISO(text string) (prefect.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	return prefect.TimeOf(t), err
}

// EncodeLease writes a lease as the reference does.
func EncodeLease(l *prefect.ConcurrencyLease) ([]byte, error) {
	d := leaseDocument{ID: l.ID, Limits: l.Limits, Metadata: &leaseMetadata{Slots: l.Slots}, Expiration: ISO(l.Expires), Created: ISO(l.Created)}
	if l.Holder != nil {
		d.Metadata.Holder = &HolderJSON{l.Holder.Type, l.Holder.ID}
	}
	return json.Marshal(d)
}

// DecodeLease reads a lease that the reference or EncodeLease wrote.
func DecodeLease(text []byte) (*prefect.ConcurrencyLease, error) {
	var d leaseDocument
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	l := &prefect.ConcurrencyLease{ID: d.ID, Limits: d.Limits}
	if d.Metadata != nil {
		l.Slots = d.Metadata.Slots
		if h := d.Metadata.Holder; h != nil {
			l.Holder = &prefect.LeaseHolder{Type: h.Type, ID: h.ID}
		}
	}
	var err error
	if l.Expires, err = ParseISO(d.Expiration); err != nil {
		return nil, fmt.Errorf("the expiration of a lease: %w", err)
	}
	if l.Created, err = ParseISO(d.Created); err != nil {
		return nil, fmt.Errorf("the creation of a lease: %w", err)
	}
	return l, nil
}
