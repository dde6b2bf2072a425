package service

import (
	"context"
	"errors"

	"praetor/internal/prefect"
)

// eachOf calls do for everything that read gives, a page at a time; read is given the last item of the page before, at first
// nil, and gives what comes after it. An item that fails does not hold the others up: the errors are given at the end, but for
// those of what has been deleted in the meantime.
func eachOf[T any](ctx context.Context, size int64, read func(after *T, limit int64) ([]T, error), do func(*T) error) error {
	var failed []error
	for after := (*T)(nil); ; {
		page, err := read(after, size)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for i := range page {
			if err := ctx.Err(); err != nil {
				return errors.Join(append(failed, err)...)
			}
			if err := do(&page[i]); err != nil && !gone(err) && len(failed) < maxErrors {
				failed = append(failed, err)
			}
		}
		if int64(len(page)) < size {
			return errors.Join(failed...)
		}
		after = &page[len(page)-1]
	}
}

// maxErrors bounds what is told of one run of a service.
const maxErrors = 10

// gone tells whether an error says that what it is about is not there.
func gone(err error) bool {
	var e *prefect.Error
	return errors.As(err, &e) && e.Kind == prefect.NotFound
}

// list reads in the store's reading transaction.
func list[Tx, T any](ctx context.Context, s Store[Tx], read func(Tx) ([]T, error)) (found []T, err error) {
	err = s.Read(ctx, func(tx Tx) error {
		found, err = read(tx)
		return err
	})
	return found, err
}
