package store

import (
	"context"
	"errors"

	"praetor/internal/store/sqlb"
)

// NotifyChannel is where the servers of this PostgreSQL database, and of this schema of it, tell each other things.
func (s *Store) NotifyChannel(ctx context.Context) (string, error) {
	var channel string
	err := s.Read(ctx, func(tx *Tx) error {
		found, err := one(ctx, tx, tx.sql("SELECT 'praetor_' || substr(md5(current_schema()), 1, 8)"), value[string])
		if err == nil && found != nil {
			channel = *found
		}
		return err
	})
	if err == nil && channel == "" {
		err = errors.New("the database has no schema to work in: search_path names none that is there")
	}
	return channel, err
}

// Notify sends payloads to a channel of PostgreSQL in a transaction of its own.
func (s *Store) Notify(ctx context.Context, channel string, payloads []string) error {
	return s.Read(ctx, func(tx *Tx) error {
		b := tx.sql("SELECT pg_notify(").Arg(channel).Write(", payload) FROM unnest(").Arg(sqlb.List{Values: payloads}).Write("::text[]) AS payload")
		return tx.each(ctx, b, func(Row) error { return nil })
	})
}
