// Package redislease keeps leases of concurrency slots in Redis, in the layout of the reference's package prefect_redis: servers of
// either kind share them.
//
//	prefect:concurrency:lease:<id>            the lease, as JSON
//	prefect:concurrency:expirations           a sorted set of ids by when they expire, in seconds
//	prefect:concurrency:limit:<id>:holders    a hash of leases with a holder, by id
package redislease

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
)

const (
	prefix      = "prefect:concurrency:"
	expirations = prefix + "expirations"
)

func leaseKey(id uuid.UUID) string   { return prefix + "lease:" + id.String() }
func holdersKey(id uuid.UUID) string { return prefix + "limit:" + id.String() + ":holders" }

// Storage is a concurrency.LeaseStorage over Redis.
type Storage struct {
	client *redis.Client
	renew  *redis.Script
	claim  *redis.Script
}

// patience bounds each exchange with Redis: a transaction may wait for it.
const patience = 2 * time.Second

// New connects to Redis when it is first asked.
func New(options *redis.Options) *Storage {
	o := *options
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.ContextTimeoutEnabled = patience, patience, patience, true
	return &Storage{
		client: redis.NewClient(&o),
		// Both do something only if the lease is still what was read.
		renew: redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
return 1`),
		claim: redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
for i = 3, #KEYS do redis.call('HDEL', KEYS[i], ARGV[2]) end
return 1`),
	}
}

// Ping tells whether Redis answers.
func (s *Storage) Ping(ctx context.Context) error { return s.client.Ping(ctx).Err() }

// Close ends the connections.
func (s *Storage) Close() error { return s.client.Close() }

// score is a time as the sorted set has it.
func score(t prefect.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// Create implements concurrency.LeaseStorage.
func (s *Storage) Create(ctx context.Context, tx concurrency.Tx, l *prefect.ConcurrencyLease) error {
	err := s.put(ctx, l)
	if err == nil {
		tx.OnRollback(func() {
			// One that cannot be taken back expires.
			_, _ = s.remove(context.WithoutCancel(ctx), l.ID, func(*prefect.ConcurrencyLease) bool { return true })
		})
	}
	return err
}

func (s *Storage) put(ctx context.Context, l *prefect.ConcurrencyLease) error {
	text, err := concurrency.EncodeLease(l)
	if err != nil {
		return err
	}
	_, err = s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, leaseKey(l.ID), text, 0)
		p.ZAdd(ctx, expirations, redis.Z{Score: score(l.Expires), Member: l.ID.String()})
		if l.Holder == nil {
			return nil
		}
		entry, err := json.Marshal(struct {
			Holder concurrency.HolderJSON `json:"holder"`
			Slots  int64                  `json:"slots"`
			Lease  uuid.UUID              `json:"lease_id"`
		}{concurrency.HolderJSON{Type: l.Holder.Type, ID: l.Holder.ID}, l.Slots, l.ID})
		for _, limit := range l.Limits {
			p.HSet(ctx, holdersKey(limit), l.ID.String(), entry)
		}
		return err
	})
	return fail(err)
}

func fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the leases in Redis: %w", err)
}

// read gives the lease with its text, or nil when there is none that can be understood.
func (s *Storage) read(ctx context.Context, id uuid.UUID) (*prefect.ConcurrencyLease, string, error) {
	text, err := s.client.Get(ctx, leaseKey(id)).Result()
	if errors.Is(err, redis.Nil) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fail(err)
	}
	lease, err := concurrency.DecodeLease([]byte(text))
	if err != nil {
		return nil, text, nil //nolint:nilerr // what is no lease counts as none
	}
	return lease, text, nil
}

// Read implements concurrency.LeaseStorage.
func (s *Storage) Read(ctx context.Context, _ concurrency.Tx, id uuid.UUID) (*prefect.ConcurrencyLease, error) {
	lease, _, err := s.read(ctx, id)
	return lease, err
}

// attempts bounds how often a change is tried again because another came first.
const attempts = 20

var errContended = errors.New("the leases in Redis: a lease changes faster than it can be read")

// Renew implements concurrency.LeaseStorage.
func (s *Storage) Renew(ctx context.Context, tx concurrency.Tx, id uuid.UUID, until prefect.Time) (bool, error) {
	for range attempts {
		lease, old, err := s.read(ctx, id)
		if err != nil || lease == nil || lease.Expired(tx.Now()) {
			return false, err
		}
		lease.Expires = until
		text, err := concurrency.EncodeLease(lease)
		if err != nil {
			return false, err
		}
		done, err := s.renew.Run(ctx, s.client, []string{leaseKey(id), expirations}, old, text, score(until), id.String()).Bool()
		if err != nil || done {
			return done, fail(err)
		}
	}
	return false, errContended
}

// remove takes a lease away if it is there and wanted, and gives what it was.
func (s *Storage) remove(ctx context.Context, id uuid.UUID, wanted func(*prefect.ConcurrencyLease) bool) (*prefect.ConcurrencyLease, error) {
	for range attempts {
		lease, old, err := s.read(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case old == "": // only the index may know of it
			return nil, fail(s.client.ZRem(ctx, expirations, id.String()).Err())
		case lease != nil && !wanted(lease):
			// A renewal elsewhere may have left the index behind.
			return nil, fail(s.client.ZAddArgs(ctx, expirations, redis.ZAddArgs{GT: true, Members: []redis.Z{{Score: score(lease.Expires), Member: id.String()}}}).Err())
		}
		keys := []string{leaseKey(id), expirations}
		if lease != nil {
			for _, limit := range lease.Limits {
				keys = append(keys, holdersKey(limit))
			}
		}
		done, err := s.claim.Run(ctx, s.client, keys, old, id.String()).Bool()
		if err != nil || done {
			return lease, fail(err)
		}
	}
	return nil, errContended
}

// Claim implements concurrency.LeaseStorage.
func (s *Storage) Claim(ctx context.Context, tx concurrency.Tx, ids []uuid.UUID, expired bool) ([]prefect.ConcurrencyLease, error) {
	now := tx.Now()
	var claimed []prefect.ConcurrencyLease
	for _, id := range ids {
		lease, err := s.remove(ctx, id, func(l *prefect.ConcurrencyLease) bool { return !expired || l.Expired(now) })
		if err != nil {
			return nil, err
		}
		if lease != nil {
			claimed = append(claimed, *lease)
			tx.OnRollback(func() {
				// One that cannot be put back leaves a slot taken too long, never one too many.
				_ = s.put(context.WithoutCancel(ctx), lease)
			})
		}
	}
	return claimed, nil
}

// ClaimExpiredWithin implements concurrency.LeaseStorage.
func (s *Storage) ClaimExpiredWithin(ctx context.Context, tx concurrency.Tx, limits []uuid.UUID, most int64) ([]prefect.ConcurrencyLease, error) {
	expired, err := s.Expired(ctx, tx, most)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	for i := range expired {
		if concurrency.Within(&expired[i], limits) {
			ids = append(ids, expired[i].ID)
		}
	}
	return s.Claim(ctx, tx, ids, true)
}

// page is how many leases are read at once.
const page = 500

// OnLimits implements concurrency.LeaseStorage. With a holder it looks into the limits' hashes; without one, at all leases: those
// that have no holder are in none.
func (s *Storage) OnLimits(ctx context.Context, tx concurrency.Tx, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error) {
	var all []prefect.ConcurrencyLease
	if holder != nil {
		var ids []string
		for _, limit := range limits {
			of, err := s.heldBy(ctx, limit, *holder)
			if err != nil {
				return nil, err
			}
			for _, id := range of {
				if !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
		return s.readAll(ctx, ids)
	}
	for from := int64(0); ; from += page {
		ids, err := s.client.ZRange(ctx, expirations, from, from+page-1).Result()
		if err != nil {
			return nil, fail(err)
		}
		leases, err := s.readAll(ctx, ids)
		if err != nil {
			return nil, err
		}
		for i := range leases {
			if concurrency.IsOn(&leases[i], limits, nil) {
				all = append(all, leases[i])
			}
		}
		if len(ids) < page {
			sortOldestFirst(all)
			return all, nil
		}
	}
}

func (s *Storage) heldBy(ctx context.Context, limit, holder uuid.UUID) (ids []string, err error) {
	entries, err := s.client.HGetAll(ctx, holdersKey(limit)).Result()
	for id, text := range entries {
		var entry struct {
			Holder concurrency.HolderJSON `json:"holder"`
		}
		if json.Unmarshal([]byte(text), &entry) == nil && entry.Holder.ID == holder {
			ids = append(ids, id)
		}
	}
	return ids, fail(err)
}

// readAll reads leases; those that are unknown are left out.
func (s *Storage) readAll(ctx context.Context, ids []string) ([]prefect.ConcurrencyLease, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = prefix + "lease:" + id
	}
	texts, err := s.client.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, fail(err)
	}
	var leases []prefect.ConcurrencyLease
	for _, text := range texts {
		if text, ok := text.(string); ok {
			if lease, err := concurrency.DecodeLease([]byte(text)); err == nil {
				leases = append(leases, *lease)
			}
		}
	}
	sortOldestFirst(leases)
	return leases, nil
}

func sortOldestFirst(leases []prefect.ConcurrencyLease) {
	slices.SortFunc(leases, func(a, b prefect.ConcurrencyLease) int { return a.Created.Compare(b.Created.Time) })
}

// Expired implements concurrency.LeaseStorage. A lease of which only the index knows is among them, so that Claim clears that up.
func (s *Storage) Expired(ctx context.Context, tx concurrency.Tx, most int64) ([]prefect.ConcurrencyLease, error) {
	if most <= 0 {
		return nil, nil
	}
	ids, err := s.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: expirations, ByScore: true, Start: "-inf", Stop: "(" + strconv.FormatFloat(score(tx.Now()), 'f', 6, 64), Count: most,
	}).Result()
	if err != nil {
		return nil, fail(err)
	}
	leases, err := s.readAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if parsed, err := uuid.Parse(id); err == nil && !slices.ContainsFunc(leases, func(l prefect.ConcurrencyLease) bool { return l.ID == parsed }) {
			leases = append(leases, prefect.ConcurrencyLease{ID: parsed})
		}
	}
	return leases, nil
}

// Lasting implements concurrency.LeaseStorage.
func (*Storage) Lasting() bool { return true }
