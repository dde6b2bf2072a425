package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"praetor/internal/blocks"
	"praetor/internal/events"
	"praetor/internal/prefect"
	"praetor/internal/store"
	"praetor/internal/workpool"
)

// poolByName is the input of operations on one pool.
type poolByName struct {
	Name string `path:"name"`
}

// noPool is the 404 for a pool.
func noPool(name string) error {
	return prefect.NewError(prefect.NotFound, `Work pool "`+name+`" not found.`)
}

// pool finds a pool by name, and is a 404 where there is none.
func pool(ctx context.Context, find func(context.Context, string) (*prefect.WorkPool, error), name string) (*prefect.WorkPool, error) {
	p, err := find(ctx, name)
	if err == nil && p == nil {
		err = noPool(name)
	}
	return p, err
}

type createWorkPool struct {
	caller
	Body prefect.WorkPoolCreate `body:""`
}

func (s *Server) createWorkPool(ctx context.Context, in *createWorkPool) (shaped[*prefect.WorkPool], error) {
	b := &in.Body
	if prefect.IsReservedPool(b.Name) {
		return shaped[*prefect.WorkPool]{}, prefect.NewError(prefect.Forbidden, "Work pools starting with 'Prefect' are reserved for internal use.")
	}
	_, err := read(ctx, s, func(tx *store.Tx) (none, error) {
		return none{}, workpool.CheckDefaults(ctx, s.blockData(tx), b.BaseJobTemplate)
	})
	if err != nil {
		return shaped[*prefect.WorkPool]{}, err
	}
	created, err := write(ctx, s, func(tx *store.Tx) (*prefect.WorkPool, error) {
		p, _, err := workpool.CreatePool(ctx, tx, b)
		if err != nil {
			return nil, err
		}
		return p, tx.EmitEvents(ctx, events.WorkPoolStatusChanged(nil, p, p.Created))
	})
	if store.IsUnique(err) {
		err = prefect.NewError(prefect.Conflict, "A work pool with this name already exists.")
	}
	if err != nil {
		return shaped[*prefect.WorkPool]{}, err
	}
	showPool(created, nil)
	return shaped[*prefect.WorkPool]{http.StatusCreated, poolFor(&in.caller, created)}, nil
}

// blockData reads the data of blocks, for the defaults of job variables that are blocks.
func (s *Server) blockData(tx blocks.Tx) workpool.BlockData {
	return func(ctx context.Context, id uuid.UUID) (prefect.Object, error) {
		document, err := s.vault.Document(ctx, tx, id, true)
		if err != nil || document == nil {
			return nil, err
		}
		return document.Data, nil
	}
}

type readWorkPool struct {
	caller
	poolByName
}

func (s *Server) readWorkPool(ctx context.Context, in *readWorkPool) (shaped[*prefect.WorkPool], error) {
	p, err := read(ctx, s, func(tx *store.Tx) (*prefect.WorkPool, error) {
		p, err := pool(ctx, tx.WorkPoolByName, in.Name)
		if err != nil {
			return nil, err
		}
		return p, showPools(ctx, tx, []*prefect.WorkPool{p})
	})
	if err != nil {
		return shaped[*prefect.WorkPool]{}, err
	}
	return shaped[*prefect.WorkPool]{http.StatusOK, poolFor(&in.caller, p)}, nil
}

// showPools completes pools for an answer.
func showPools(ctx context.Context, tx *store.Tx, pools []*prefect.WorkPool) error {
	var limited []uuid.UUID
	for _, p := range pools {
		if p.ConcurrencyLimit != nil {
			limited = append(limited, p.ID)
		}
	}
	var held map[uuid.UUID]int64
	if len(limited) > 0 {
		var err error
		if held, err = tx.PoolSlots(ctx, limited); err != nil {
			return err
		}
	}
	for _, p := range pools {
		showPool(p, held)
	}
	return nil
}

func showPool(p *prefect.WorkPool, held map[uuid.UUID]int64) {
	if p.Type == prefect.AgentPoolType {
		p.Status = nil
	}
	if p.ConcurrencyLimit != nil {
		n := held[p.ID]
		p.ActiveSlots = &n
	}
}

type readWorkPools struct {
	caller
	Body struct {
		WorkPools *prefect.WorkPoolFilter `json:"work_pools"`
		paging
	} `body:"embed"`
}

func (s *Server) readWorkPools(ctx context.Context, in *readWorkPools) (shaped[[]prefect.WorkPool], error) {
	b := &in.Body
	pools, err := read(ctx, s, func(tx *store.Tx) ([]prefect.WorkPool, error) {
		pools, err := tx.WorkPools(ctx, b.WorkPools, *b.Limit, b.Offset)
		if err != nil {
			return nil, err
		}
		return pools, showPools(ctx, tx, pointers(pools))
	})
	if err != nil {
		return shaped[[]prefect.WorkPool]{}, err
	}
	answer := make([]any, len(pools))
	for i := range pools {
		answer[i] = poolFor(&in.caller, &pools[i])
	}
	return shaped[[]prefect.WorkPool]{http.StatusOK, answer}, nil
}

type countWorkPools struct {
	Body struct {
		WorkPools *prefect.WorkPoolFilter `json:"work_pools"`
	} `body:"embed"`
}

func (s *Server) countWorkPools(ctx context.Context, in *countWorkPools) (int64, error) {
	return read(ctx, s, func(tx *store.Tx) (int64, error) { return tx.CountWorkPools(ctx, in.Body.WorkPools) })
}

type updateWorkPool struct {
	poolByName
	Body prefect.WorkPoolUpdate `body:""`
}

func (s *Server) updateWorkPool(ctx context.Context, in *updateWorkPool) (none, error) {
	u := &in.Body
	if prefect.IsReservedPool(in.Name) && (u.Description.Set || u.BaseJobTemplate.Set || u.StorageConfiguration.Set) {
		return none{}, prefect.NewError(prefect.Forbidden, "Work pools starting with 'Prefect' are reserved for internal use and can only be updated to set concurrency limits or pause.")
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := pool(ctx, tx.LockWorkPoolByName, in.Name)
		if err != nil {
			return none{}, err
		}
		switch {
		case prefect.IsNull(u.IsPaused):
			return none{}, neverNull("is_paused")
		case prefect.IsNull(u.StorageConfiguration):
			return none{}, neverNull("storage_configuration")
		}
		workers := false
		if u.IsPaused.Set && !*u.IsPaused.Value {
			if workers, err = tx.HasOnlineWorker(ctx, p.ID); err != nil {
				return none{}, err
			}
		}
		before := *p
		workpool.UpdatePool(p, u, workers, tx.Now())
		return none{}, savePool(ctx, tx, &before, p)
	})
	if err == nil && (u.BaseJobTemplate.Set || u.ConcurrencyLimit.Set || u.IsPaused.Set || u.StorageConfiguration.Set) {
		s.poolChanged(in.Name)
	}
	return none{}, err
}

// savePool stores a pool and tells what has changed of it.
func savePool(ctx context.Context, tx *store.Tx, before, p *prefect.WorkPool) error {
	if err := tx.SaveWorkPool(ctx, p); err != nil {
		return err
	}
	var told []prefect.Event
	if of := events.WorkPoolChanges(before, p); len(of) > 0 {
		told = append(told, events.WorkPoolUpdated(p, of, p.Updated))
	}
	if p.LastStatusEventID != before.LastStatusEventID { // it was given a status, be it the same
		told = append(told, events.WorkPoolStatusChanged(before, p, p.Updated))
	}
	return tx.EmitEvents(ctx, told...)
}

// neverNull is the answer to a null where a resource has a value always.
func neverNull(field string) error {
	return prefect.NewError(prefect.Conflict, "The field "+field+" cannot be null.")
}

func (s *Server) deleteWorkPool(ctx context.Context, in *poolByName) (none, error) {
	if prefect.IsReservedPool(in.Name) {
		return none{}, prefect.NewError(prefect.Forbidden, "Work pools starting with 'Prefect' are reserved for internal use and can not be deleted.")
	}
	_, err := write(ctx, s, func(tx *store.Tx) (none, error) {
		p, err := pool(ctx, tx.LockWorkPoolByName, in.Name)
		if err != nil {
			return none{}, err
		}
		queues, err := tx.WorkQueuesOfPool(ctx, p.ID, nil, nil, 0)
		if err != nil {
			return none{}, err
		}
		if err := tx.DeleteWorkPool(ctx, p.ID); err != nil {
			return none{}, err
		}
		gone := make([]prefect.Event, len(queues), len(queues)+1)
		for i := range queues {
			gone[i] = events.WorkQueueEvent(events.Deleted, &queues[i], tx.Now())
		}
		return none{}, tx.EmitEvents(ctx, append(gone, events.WorkPoolEvent(events.Deleted, p, tx.Now()))...)
	})
	if err == nil {
		s.poolChanged(in.Name)
	}
	return none{}, err
}

// shaped is an answer of the type T whose members depend on who asks.
type shaped[T any] struct {
	status int
	body   any
}

func (a shaped[T]) answer() (int, any) { return a.status, a.body }

func (shaped[T]) bodyType() reflect.Type { return reflect.TypeFor[T]() }

// oldPool is a pool as clients know it that take no member of its storage_configuration that they have not heard of.
type oldPool struct {
	prefect.WorkPool
	StorageConfiguration oldStorage `json:"storage_configuration"`
}

type oldStorage struct {
	BundleUploadStep    *prefect.Object `json:"bundle_upload_step"`
	BundleExecutionStep *prefect.Object `json:"bundle_execution_step"`
}

// poolFor is the pool as the caller's client understands it.
func poolFor(c *caller, p *prefect.WorkPool) any {
	if !upTo337(c.clientVersion()) {
		return p
	}
	return &oldPool{WorkPool: *p, StorageConfiguration: oldStorage{p.StorageConfiguration.BundleUploadStep, p.StorageConfiguration.BundleExecutionStep}}
}

// upTo337 tells whether a release of the client is 3.3.7 or older; an empty one is not.
func upTo337(version string) bool {
	if version == "" {
		return false
	}
	rest := version
	for i, most := range [...]int{3, 3, 7} {
		end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if end < 0 {
			end = len(rest)
		}
		n, err := strconv.Atoi(rest[:end])
		if err != nil || n != most {
			return err == nil && n < most
		}
		rest = rest[end:]
		if i < 2 {
			rest = strings.TrimPrefix(rest, ".")
		}
	}
	return !strings.HasPrefix(rest, ".post") && !strings.HasPrefix(rest, "+") && !strings.HasPrefix(rest, "post")
}
