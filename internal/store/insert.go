package store

import (
	"context"

	"praetor/internal/store/sqlb"
)

// rowsPerStatement are the numbers of rows that one INSERT may carry. There are few of them so that prepared statements
// are found again; the largest keeps 24 columns below the 32,766 parameters that SQLite takes.
//
//nolint:gochecknoglobals // Go has no constant arrays
var rowsPerStatement = [...]int{256, 32, 4, 1}

// insert queues "head VALUES rows tail" in as many statements as it takes.
func (tx *Tx) insert(ctx context.Context, head string, rows [][]any, tail string) error {
	for len(rows) > 0 {
		n := 1
		for _, size := range rowsPerStatement {
			if size <= len(rows) {
				n = size
				break
			}
		}
		b := sqlb.New(tx.dialect, head+" VALUES ")
		for i, row := range rows[:n] {
			if i > 0 {
				b.Write(", ")
			}
			b.Values(row...)
		}
		if err := tx.queue(ctx, b.Write(tail)); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
