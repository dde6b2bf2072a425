// Package filelease keeps leases of concurrency slots in files, in the layout of the reference: a server of either kind reads
// what the other wrote into the folder.
//
// A lease is a file, <id>.json; expirations.json repeats when each expires. Whoever changes either holds expirations.lock. The
// reference renews a lease without holding it, so against a renewal there a repossession here is as safe as one of its own.
package filelease

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"praetor/internal/concurrency"
	"praetor/internal/prefect"
)

// Storage is a concurrency.LeaseStorage over a folder.
type Storage struct {
	folder string
	clock  func() time.Time
	own    chan struct{} // holds a token while nobody in this process changes files
}

// New uses the folder, and makes it where it is missing.
func New(folder string, clock func() time.Time) (*Storage, error) {
	s := &Storage{folder: folder, clock: clock, own: make(chan struct{}, 1)}
	s.own <- struct{}{}
	return s, os.MkdirAll(folder, 0o755)
}

func (s *Storage) file(id uuid.UUID) string { return filepath.Join(s.folder, id.String()+".json") }

// change calls fn while nobody else changes files. fn may change the index, which tells when each lease expires.
func (s *Storage) change(ctx context.Context, fn func(index map[string]string) error) (err error) {
	select {
	case <-s.own:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { s.own <- struct{}{} }()
	l := lock{filepath.Join(s.folder, "expirations.lock")}
	if err := l.take(ctx, s.clock); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.leave()) }()
	index, err := s.index()
	if err != nil {
		return err
	}
	before := maps.Clone(index)
	if err := fn(index); err != nil || maps.Equal(before, index) {
		return err
	}
	text, err := json.Marshal(index, json.Deterministic(true))
	if err != nil {
		return err
	}
	return s.replace(s.indexFile(), text)
}

func (s *Storage) indexFile() string { return filepath.Join(s.folder, "expirations.json") }

// index reads when each lease expires. What cannot be read counts as empty, as it does for the reference.
func (s *Storage) index() (map[string]string, error) {
	index := map[string]string{}
	text, err := os.ReadFile(s.indexFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return index, nil
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal(text, &index); err != nil {
		return map[string]string{}, nil //nolint:nilerr // see above
	}
	return index, nil
}

// replace writes a file so that readers see the old one or the new one.
func (s *Storage) replace(path string, text []byte) error {
	f, err := os.CreateTemp(s.folder, ".lease_*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// read gives a lease, or nil when there is no file of it that can be understood.
func (s *Storage) read(id uuid.UUID) (*prefect.ConcurrencyLease, error) {
	text, err := os.ReadFile(s.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lease, err := concurrency.DecodeLease(text)
	if err != nil {
		return nil, nil //nolint:nilerr // a file that is no lease counts as none, as it does for the reference
	}
	return lease, nil
}

func (s *Storage) put(index map[string]string, l *prefect.ConcurrencyLease) error {
	text, err := concurrency.EncodeLease(l)
	if err != nil {
		return err
	}
	index[l.ID.String()] = concurrency.ISO(l.Expires)
	return s.replace(s.file(l.ID), text)
}

func (s *Storage) remove(index map[string]string, id uuid.UUID) error {
	delete(index, id.String())
	if err := os.Remove(s.file(id)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// undo changes files back after a transaction that came to nothing; its context may have ended.
func (s *Storage) undo(ctx context.Context, fn func(index map[string]string) error) {
	// A lease that cannot be taken back expires; one that cannot be put back leaves a slot taken too long, never one too many.
	_ = s.change(context.WithoutCancel(ctx), fn)
}

// Create implements concurrency.LeaseStorage.
func (s *Storage) Create(ctx context.Context, tx concurrency.Tx, l *prefect.ConcurrencyLease) error {
	err := s.change(ctx, func(index map[string]string) error { return s.put(index, l) })
	if err == nil {
		tx.OnRollback(func() { s.undo(ctx, func(index map[string]string) error { return s.remove(index, l.ID) }) })
	}
	return err
}

// Read implements concurrency.LeaseStorage.
func (s *Storage) Read(_ context.Context, _ concurrency.Tx, id uuid.UUID) (*prefect.ConcurrencyLease, error) {
	return s.read(id)
}

// Renew implements concurrency.LeaseStorage.
func (s *Storage) Renew(ctx context.Context, tx concurrency.Tx, id uuid.UUID, until prefect.Time) (renewed bool, err error) {
	err = s.change(ctx, func(index map[string]string) error {
		lease, err := s.read(id)
		if err != nil || lease == nil || lease.Expired(tx.Now()) {
			return err
		}
		lease.Expires, renewed = until, true
		return s.put(index, lease)
	})
	return renewed && err == nil, err
}

// Claim implements concurrency.LeaseStorage.
func (s *Storage) Claim(ctx context.Context, tx concurrency.Tx, ids []uuid.UUID, expired bool) (claimed []prefect.ConcurrencyLease, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = s.change(ctx, func(index map[string]string) error {
		for _, id := range ids {
			lease, err := s.read(id)
			if err != nil {
				return err
			}
			if lease != nil && expired && !lease.Expired(tx.Now()) {
				index[id.String()] = concurrency.ISO(lease.Expires) // a renewal there had not come that far
				continue
			}
			if err := s.remove(index, id); err != nil {
				return err
			}
			if lease != nil {
				claimed = append(claimed, *lease)
			}
		}
		return nil
	})
	tx.OnRollback(func() {
		s.undo(ctx, func(index map[string]string) (err error) {
			for i := range claimed {
				err = errors.Join(err, s.put(index, &claimed[i]))
			}
			return err
		})
	})
	return claimed, err
}

// ClaimExpiredWithin implements concurrency.LeaseStorage.
func (s *Storage) ClaimExpiredWithin(ctx context.Context, tx concurrency.Tx, limits []uuid.UUID, most int64) ([]prefect.ConcurrencyLease, error) {
	expired, err := s.choose(tx, most, true, func(l *prefect.ConcurrencyLease) bool { return concurrency.Within(l, limits) })
	if err != nil || len(expired) == 0 {
		return nil, err
	}
	ids := make([]uuid.UUID, len(expired))
	for i := range expired {
		ids[i] = expired[i].ID
	}
	return s.Claim(ctx, tx, ids, true)
}

// OnLimits implements concurrency.LeaseStorage.
func (s *Storage) OnLimits(_ context.Context, tx concurrency.Tx, limits []uuid.UUID, holder *uuid.UUID) ([]prefect.ConcurrencyLease, error) {
	return s.choose(tx, -1, false, func(l *prefect.ConcurrencyLease) bool { return concurrency.IsOn(l, limits, holder) })
}

// Expired implements concurrency.LeaseStorage. A lease of which only the index knows is among them, so that Claim clears that up.
func (s *Storage) Expired(_ context.Context, tx concurrency.Tx, most int64) ([]prefect.ConcurrencyLease, error) {
	return s.choose(tx, most, true, func(*prefect.ConcurrencyLease) bool { return true })
}

// choose gives up to so many of the leases, or all for -1, oldest first; expired ones are found by the index.
func (s *Storage) choose(
	tx concurrency.Tx, most int64, expired bool, wanted func(*prefect.ConcurrencyLease) bool,
) (chosen []prefect.ConcurrencyLease, err error) {
	index, err := s.index()
	if err != nil {
		return nil, err
	}
	now := tx.Now()
	for _, name := range slices.Sorted(maps.Keys(index)) {
		if most >= 0 && int64(len(chosen)) >= most {
			break
		}
		id, err := uuid.Parse(name)
		if err != nil {
			continue
		}
		if expired {
			if at, err := concurrency.ParseISO(index[name]); err != nil || !now.After(at.Time) {
				continue
			}
		}
		lease, err := s.read(id)
		switch {
		case err != nil:
			return nil, err
		case lease == nil && expired:
			lease = &prefect.ConcurrencyLease{ID: id}
		case lease == nil:
			continue
		}
		if wanted(lease) {
			chosen = append(chosen, *lease)
		}
	}
	slices.SortFunc(chosen, func(a, b prefect.ConcurrencyLease) int { return a.Created.Compare(b.Created.Time) })
	return chosen, nil
}

// Lasting implements concurrency.LeaseStorage.
func (*Storage) Lasting() bool { return true }
