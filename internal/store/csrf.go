package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"praetor/internal/prefect"
)

const csrfColumns = "id, created, updated, token, client, expiration"

func scanCSRFToken(r Row, t *prefect.CSRFToken) error {
	return r.Scan(&t.ID, &t.Created, &t.Updated, &t.Token, &t.Client, &t.Expiration)
}

// CSRFToken gives the client's token while it is valid, or nil.
func (tx *Tx) CSRFToken(ctx context.Context, client string) (*prefect.CSRFToken, error) {
	return one(ctx, tx, tx.sql("SELECT "+csrfColumns+" FROM csrf_token WHERE client = ").Arg(client).
		Write(" AND expiration > ").Arg(tx.Now()), scanCSRFToken)
}

// CreateCSRFToken gives the client a new token and drops those that have expired.
func (tx *Tx) CreateCSRFToken(ctx context.Context, client string, lifetime time.Duration) (*prefect.CSRFToken, error) {
	secret := make([]byte, 32)
	rand.Read(secret)
	now := tx.Now()
	if err := tx.queue(ctx, tx.sql("DELETE FROM csrf_token WHERE expiration < ").Arg(now)); err != nil {
		return nil, err
	}
	b := tx.sql("INSERT INTO csrf_token ("+csrfColumns+") VALUES ").
		Values(prefect.NewID(), now, now, hex.EncodeToString(secret), client, now.Add(lifetime)).
		Write(" ON CONFLICT (client) DO UPDATE SET token = excluded.token, expiration = excluded.expiration, updated = excluded.updated RETURNING " + csrfColumns)
	return one(ctx, tx, b, scanCSRFToken)
}
