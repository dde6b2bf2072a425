package concurrency

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestMemoryLeases(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	leases := NewMemoryLeases(func() time.Time { return now })
	first, second := uuid.New(), uuid.New()
	limits := []uuid.UUID{first, second}
	holder := &Holder{Type: "task_run", ID: uuid.New()}
	lease, err := leases.Create(ctx, limits, 2, holder, time.Minute)
	require.NoError(t, err)
	limits[0] = uuid.New() // the storage keeps a copy
	require.Equal(t, now.Add(time.Minute), lease.Expires)

	read, err := leases.Read(ctx, lease.ID)
	require.NoError(t, err)
	require.Equal(t, &Lease{ID: lease.ID, Limits: []uuid.UUID{first, second}, Slots: 2, Holder: holder, Created: now, Expires: now.Add(time.Minute)}, read)
	unknown, err := leases.Read(ctx, uuid.New())
	require.NoError(t, err)
	require.Nil(t, unknown)

	now = now.Add(30 * time.Second)
	later, err := leases.Create(ctx, []uuid.UUID{second}, 1, nil, time.Hour)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{lease.ID}, leasesOn(t, leases, first))
	require.Equal(t, []uuid.UUID{lease.ID, later.ID}, leasesOn(t, leases, second)) // oldest first

	renewed, err := leases.Renew(ctx, lease.ID, time.Minute)
	require.NoError(t, err)
	require.True(t, renewed)
	now = now.Add(time.Minute) // the very end still counts
	expired, err := leases.Expired(ctx, 10)
	require.NoError(t, err)
	require.Empty(t, expired)
	now = now.Add(time.Microsecond)
	expired, err = leases.Expired(ctx, 10)
	require.NoError(t, err)
	require.Len(t, expired, 1)
	require.Equal(t, lease.ID, expired[0].ID)
	expired, err = leases.Expired(ctx, 0)
	require.NoError(t, err)
	require.Empty(t, expired)
	renewed, err = leases.Renew(ctx, lease.ID, time.Minute)
	require.NoError(t, err)
	require.False(t, renewed)

	require.NoError(t, leases.Revoke(ctx, lease.ID))
	require.NoError(t, leases.Revoke(ctx, lease.ID))
	require.Empty(t, leasesOn(t, leases, first))
	renewed, err = leases.Renew(ctx, lease.ID, time.Minute)
	require.NoError(t, err)
	require.False(t, renewed)
}

func leasesOn(t *testing.T, leases LeaseStorage, limit uuid.UUID) []uuid.UUID {
	t.Helper()
	found, err := leases.ByLimit(t.Context(), limit)
	require.NoError(t, err)
	var ids []uuid.UUID
	for i := range found {
		ids = append(ids, found[i].ID)
	}
	return ids
}

func TestMemoryLeasesOfManyAtOnce(t *testing.T) {
	leases := NewMemoryLeases(time.Now)
	limit := uuid.New()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				lease, err := leases.Create(context.Background(), []uuid.UUID{limit}, 1, nil, time.Hour)
				if err == nil {
					_, err = leases.Renew(context.Background(), lease.ID, time.Hour)
				}
				if err == nil {
					_, err = leases.ByLimit(context.Background(), limit)
				}
				if err == nil {
					err = leases.Revoke(context.Background(), lease.ID)
				}
				if err != nil {
					panic(err)
				}
			}
		})
	}
	group.Wait()
	require.Empty(t, leasesOn(t, leases, limit))
}

func TestClampedPoissonStaysInItsBounds(t *testing.T) {
	const average, tries = 10.0, 4000
	for _, factor := range []float64{0.1, 0.3, 0.5, 2, 60} {
		below, sum := 0, 0.0
		for range tries {
			v := ClampedPoisson(average, factor)
			require.GreaterOrEqual(t, v, 0.0)
			require.LessOrEqual(t, v, average*(1+factor)+1e-6)
			if v < average {
				below++
			}
			sum += v
		}
		require.InDelta(t, average, sum/tries, average/2, "factor %v", factor)
		require.Greater(t, below, tries/10, "factor %v", factor)
	}
	require.InDelta(t, 0, ClampedPoisson(0, 0.3), 0)
}
