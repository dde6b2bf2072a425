package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// kind is the type of a column in PostgreSQL.
type kind uint8

const (
	kindUUID kind = iota
	kindTime
	kindText
	kindInt
	kindInterval
	kindJSON
	kindJSONB
	kindStateType
)

// bulkColumn is a column into which many rows are written at once.
type bulkColumn struct {
	name string
	kind kind
}

// bulk writes many rows of one table. PostgreSQL takes each column as one array, so that the statement is the same for any number
// of rows and each value costs its bytes only; SQLite runs one prepared statement for each row.
type bulk struct {
	tx      *Tx
	sql     string
	columns []bulkColumn
	arrays  []columnArray // PostgreSQL
}

// bulkInsert begins to write rows; tail is what to do about conflicts, on PostgreSQL also a condition, or empty.
func (tx *Tx) bulkInsert(table string, columns []bulkColumn, tail string) *bulk {
	b := sqlb.New(tx.dialect, "INSERT INTO ").Write(table).Write(" (")
	for i, c := range columns {
		if i > 0 {
			b.Write(", ")
		}
		b.Write(c.name)
	}
	w := &bulk{tx: tx, columns: columns}
	if tx.dialect == sqlb.SQLite {
		b.Write(") VALUES (")
		for i := range columns {
			if i > 0 {
				b.Write(", ")
			}
			b.Write("?")
		}
		w.sql = b.Write(") ").Write(tail).SQL()
		return w
	}
	b.Write(") ")
	w.selectRows(b, false)
	w.sql = b.Write(" ").Write(tail).SQL()
	return w
}

// bulkRows begins to gather rows on PostgreSQL, which are the table given of a WITH clause in the statement's text; what to do with
// them is to be added to it.
func (tx *Tx) bulkRows(columns []bulkColumn) *bulk {
	w := &bulk{tx: tx, columns: columns}
	b := sqlb.New(tx.dialect, "WITH given AS (")
	w.selectRows(b, true)
	w.sql = b.Write(")").SQL()
	return w
}

// selectRows writes the query that gives the rows, on PostgreSQL; named says that its columns have their names.
func (w *bulk) selectRows(b *sqlb.Builder, named bool) {
	w.arrays = make([]columnArray, len(w.columns))
	b.Write("SELECT ")
	for i, c := range w.columns {
		if i > 0 {
			b.Write(", ")
		}
		b.Write("c").Write(strconv.Itoa(i)).Write(c.kind.cast())
		if named {
			b.Write(" AS ").Write(c.name)
		}
		w.arrays[i].kind = c.kind
	}
	b.Write(" FROM unnest(")
	for i, c := range w.columns {
		if i > 0 {
			b.Write(", ")
		}
		b.Write("$").Write(strconv.Itoa(i + 1)).Write(c.kind.array())
	}
	b.Write(") AS rows (")
	for i := range w.columns {
		if i > 0 {
			b.Write(", ")
		}
		b.Write("c").Write(strconv.Itoa(i))
	}
	b.Write(")")
}

// row adds a row, with a value for each column.
func (w *bulk) row(ctx context.Context, values ...any) error {
	if w.arrays == nil {
		return w.wrap(w.tx.conn.queue(ctx, w.sql, values))
	}
	for i, v := range values {
		if err := w.arrays[i].add(v); err != nil {
			return fmt.Errorf("column %s: %w", w.columns[i].name, err)
		}
	}
	return nil
}

// queue has the rows stored at the latest with the commit.
func (w *bulk) queue(ctx context.Context) error {
	if w.arrays == nil || w.arrays[0].count == 0 {
		return nil
	}
	return w.wrap(w.tx.conn.queue(ctx, w.sql, w.args()))
}

// exec stores the rows at once, on PostgreSQL, and tells how many rows the statement changed.
func (w *bulk) exec(ctx context.Context) (int64, error) {
	n, err := w.tx.conn.exec(ctx, w.sql, w.args())
	return n, w.wrap(err)
}

func (w *bulk) args() []any {
	args := make([]any, len(w.arrays))
	for i := range w.arrays {
		args[i] = &w.arrays[i]
	}
	return args
}

func (w *bulk) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w (in: %.200s)", classify(err), w.sql)
}

func (k kind) array() string {
	switch k {
	case kindUUID:
		return "::uuid[]"
	case kindTime:
		return "::timestamptz[]"
	case kindInt:
		return "::int8[]"
	case kindInterval:
		return "::interval[]"
	}
	return "::text[]"
}

// cast turns what travels as text into what the column holds.
func (k kind) cast() string {
	switch k {
	case kindJSON:
		return "::json"
	case kindJSONB:
		return "::jsonb"
	case kindStateType:
		return "::state_type"
	}
	return ""
}

func (k kind) oid() uint32 {
	switch k {
	case kindUUID:
		return pgtype.UUIDOID
	case kindTime:
		return pgtype.TimestamptzOID
	case kindInt:
		return pgtype.Int8OID
	case kindInterval:
		return pgtype.IntervalOID
	}
	return pgtype.TextOID
}

// columnArray is an array of one dimension in PostgreSQL's binary form.
type columnArray struct {
	kind     kind
	count    int
	hasNull  bool
	elements []byte
}

func (a *columnArray) appendTo(buf []byte) []byte {
	null := uint32(0)
	if a.hasNull {
		null = 1
	}
	for _, n := range [...]uint32{1, null, a.kind.oid(), uint32(a.count), 1} { //nolint:gosec // a number of rows
		buf = binary.BigEndian.AppendUint32(buf, n)
	}
	return append(buf, a.elements...)
}

// add appends a value as the column's kind wants it.
func (a *columnArray) add(value any) error {
	a.count++
	switch a.kind {
	case kindUUID:
		switch v := value.(type) {
		case uuid.UUID:
			a.bytes(v[:])
			return nil
		case *uuid.UUID:
			if v == nil {
				return a.null()
			}
			a.bytes(v[:])
			return nil
		}
	case kindTime:
		switch v := value.(type) {
		case prefect.Time:
			a.elements = appendTime(binary.BigEndian.AppendUint32(a.elements, 8), v)
			return nil
		case *prefect.Time:
			if v == nil {
				return a.null()
			}
			a.elements = appendTime(binary.BigEndian.AppendUint32(a.elements, 8), *v)
			return nil
		}
	case kindInt:
		if v, ok := value.(int64); ok {
			a.elements = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(a.elements, 8), uint64(v)) //nolint:gosec // the sign is in its bits
			return nil
		}
	case kindInterval:
		if v, ok := value.(prefect.Seconds); ok {
			a.elements = binary.BigEndian.AppendUint32(a.elements, 16)
			a.elements = binary.BigEndian.AppendUint64(a.elements, uint64(v.Duration().Microseconds())) //nolint:gosec // the sign is in its bits
			a.elements = append(a.elements, 0, 0, 0, 0, 0, 0, 0, 0)                                     // days and months
			return nil
		}
	default:
		text, err := columnText(value)
		if err != nil {
			return err
		}
		if text == nil {
			return a.null()
		}
		if s, ok := text.(string); ok {
			a.elements = append(binary.BigEndian.AppendUint32(a.elements, uint32(len(s))), s...) //nolint:gosec // a body is bounded
			return nil
		}
	}
	if value == nil {
		return a.null()
	}
	return fmt.Errorf("a %T does not fit", value)
}

func (a *columnArray) null() error {
	a.hasNull = true
	a.elements = append(a.elements, 0xff, 0xff, 0xff, 0xff)
	return nil
}

func (a *columnArray) bytes(b []byte) {
	a.elements = append(binary.BigEndian.AppendUint32(a.elements, uint32(len(b))), b...) //nolint:gosec // 16
}

// columnText is the text of a value, or nil for NULL.
func columnText(value any) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return v, nil
	case *string:
		if v == nil {
			return nil, nil
		}
		return *v, nil
	case jsontext.Value:
		return rawText(v), nil
	case prefect.Object:
		return objectText(v), nil
	case JSON:
		return v.text()
	}
	return plain(value), nil
}
