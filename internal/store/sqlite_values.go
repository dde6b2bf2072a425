package store

import (
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
	"praetor/internal/store/sqlite"
)

// storedTime is how long the text of a time is.
const storedTime = len("2006-01-02 15:04:05.000000")

// sqliteArg adds a domain value as what SQLite stores, in the very form in which the reference stores it.
func sqliteArg(args *sqlite.Args, a any) error {
	switch v := a.(type) {
	case nil:
		args.Null()
	case string:
		args.Text(v)
	case int64:
		args.Int(v)
	case int:
		args.Int(int64(v))
	case float64:
		args.Float(v)
	case bool:
		if v {
			args.Int(1)
		} else {
			args.Int(0)
		}
	case uuid.UUID:
		args.AppendText(func(b []byte) []byte { return appendUUID(b, v) })
	case prefect.Time:
		addTime(args, v)
	case prefect.Seconds:
		// SQLAlchemy keeps an interval as the epoch plus its length.
		addTime(args, prefect.Time{Time: time.Unix(0, 0).Add(v.Duration())})
	case jsontext.Value:
		addDocument(args, rawText(v))
	case prefect.Object:
		addDocument(args, objectText(v))
	case JSON:
		text, err := v.text()
		if err != nil {
			return err
		}
		addDocument(args, text)
	case JSONText:
		text, err := v.text()
		if err != nil {
			return err
		}
		args.Text(text)
	case sqlb.JSONList:
		return addList(args, v.Values)
	case sqlb.List:
		return addList(args, v.Values)
	case []byte:
		args.Blob(v)
	default:
		return sqliteOther(args, a)
	}
	return nil
}

// sqliteOther adds named strings and numbers, and pointers.
func sqliteOther(args *sqlite.Args, a any) error {
	rv := reflect.ValueOf(a)
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.IsNil() {
			args.Null()
			return nil
		}
		return sqliteArg(args, rv.Elem().Interface())
	case reflect.String:
		args.Text(rv.String())
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		args.Int(rv.Int())
		return nil
	}
	return fmt.Errorf("SQLite cannot take a %T", a)
}

func appendUUID(b []byte, id uuid.UUID) []byte {
	b = append(hex.AppendEncode(b, id[:4]), '-')
	b = append(hex.AppendEncode(b, id[4:6]), '-')
	b = append(hex.AppendEncode(b, id[6:8]), '-')
	b = append(hex.AppendEncode(b, id[8:10]), '-')
	return hex.AppendEncode(b, id[10:])
}

func addTime(args *sqlite.Args, t prefect.Time) {
	args.AppendText(t.AppendStored)
}

// addDocument adds a text or NULL.
func addDocument(args *sqlite.Args, document any) {
	text, ok := document.(string)
	if !ok {
		args.Null()
		return
	}
	args.AppendText(func(b []byte) []byte { return appendPythonJSON(b, text) })
}

func addList(args *sqlite.Args, values any) error {
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	args.AppendText(func(b []byte) []byte { return append(b, text...) })
	return nil
}

// sqliteRow reads the values of the row at which a statement stands.
type sqliteRow struct{ stmt *sqlite.Stmt }

// Scan implements Row.
func (r sqliteRow) Scan(dest ...any) error {
	if len(dest) != r.stmt.Columns() {
		return fmt.Errorf("the row has %d columns, not %d", r.stmt.Columns(), len(dest))
	}
	for i, d := range dest {
		if err := r.scan(i, d); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// scan reads column i, into a new value where dest is a pointer to a pointer.
func (r sqliteRow) scan(i int, dest any) error {
	kind := r.stmt.Kind(i)
	if kind == sqlite.Null {
		return setNull(dest)
	}
	switch d := dest.(type) {
	case *string:
		*d = string(r.text(i, kind))
		return nil
	case **string:
		*d = new(string(r.text(i, kind)))
		return nil
	case *uuid.UUID:
		return readUUID(d, r.stmt.Bytes(i))
	case **uuid.UUID:
		*d = new(uuid.UUID)
		return readUUID(*d, r.stmt.Bytes(i))
	case *prefect.Time:
		return readTime(d, r.stmt.Bytes(i))
	case **prefect.Time:
		*d = new(prefect.Time)
		return readTime(*d, r.stmt.Bytes(i))
	case *prefect.Seconds:
		return r.seconds(i, kind, d)
	case *int64:
		return r.int(i, kind, d)
	case **int64:
		*d = new(int64)
		return r.int(i, kind, *d)
	case *int:
		var n int64
		err := r.int(i, kind, &n)
		*d = int(n)
		return err
	case *bool:
		var n int64
		err := r.int(i, kind, &n)
		*d = n != 0
		return err
	case *float64:
		return r.float(i, kind, d)
	case **float64:
		*d = new(float64)
		return r.float(i, kind, *d)
	case *[]byte:
		*d = append([]byte{}, r.text(i, kind)...)
		return nil
	case *jsontext.Value:
		*d = append([]byte{}, r.text(i, kind)...)
		return nil
	case *prefect.Object:
		*d = append([]byte{}, r.text(i, kind)...)
		return nil
	}
	// Named strings, pointers to them, and JSON documents.
	rv := reflect.ValueOf(dest).Elem()
	switch {
	case rv.Kind() == reflect.String:
		rv.SetString(string(r.text(i, kind)))
		return nil
	case rv.Kind() == reflect.Pointer && rv.Type().Elem().Kind() == reflect.String:
		p := reflect.New(rv.Type().Elem())
		p.Elem().SetString(string(r.text(i, kind)))
		rv.Set(p)
		return nil
	}
	return json.Unmarshal(r.text(i, kind), dest)
}

// setNull reads NULL.
func setNull(dest any) error {
	switch d := dest.(type) {
	case **string:
		*d = nil
	case **uuid.UUID:
		*d = nil
	case **prefect.Time:
		*d = nil
	case *jsontext.Value:
		*d = nil
	case *uuid.UUID, *prefect.Time, *int64, *int, *bool, *float64:
		return fmt.Errorf("a %T cannot be NULL", reflect.ValueOf(d).Elem().Interface())
	default:
		reflect.ValueOf(dest).Elem().SetZero()
	}
	return nil
}

// text is the column as text, until the next row. A column of numbers holds JSON documents that are numbers: SQLite keeps them so.
func (r sqliteRow) text(i int, kind sqlite.Kind) []byte {
	if kind == sqlite.Float {
		return strconv.AppendFloat(nil, r.stmt.Float(i), 'g', -1, 64)
	}
	return r.stmt.Bytes(i)
}

func (r sqliteRow) int(i int, kind sqlite.Kind, dest *int64) (err error) {
	switch kind {
	case sqlite.Int, sqlite.Float:
		*dest = r.stmt.Int(i)
	default:
		*dest, err = strconv.ParseInt(string(r.stmt.Bytes(i)), 10, 64)
	}
	return err
}

func (r sqliteRow) float(i int, kind sqlite.Kind, dest *float64) error {
	if kind != sqlite.Int && kind != sqlite.Float {
		return errors.New("a number cannot be read from a text")
	}
	*dest = r.stmt.Float(i)
	return nil
}

// seconds reads an interval: the epoch plus the length, as SQLAlchemy keeps it, or a plain number from arithmetic.
func (r sqliteRow) seconds(i int, kind sqlite.Kind, dest *prefect.Seconds) error {
	if kind == sqlite.Int || kind == sqlite.Float {
		*dest = prefect.Seconds(r.stmt.Float(i))
		return nil
	}
	var t prefect.Time
	if err := readTime(&t, r.stmt.Bytes(i)); err != nil {
		return err
	}
	*dest = prefect.Seconds(float64(t.UnixMicro()) / 1e6)
	return nil
}

func readUUID(dest *uuid.UUID, text []byte) (err error) {
	*dest, err = uuid.ParseBytes(text)
	return err
}

// readTime reads a time in the form in which both servers write it without looking for others.
func readTime(dest *prefect.Time, text []byte) (err error) {
	if len(text) == storedTime {
		n := func(from, to int) (n int) {
			for _, c := range text[from:to] {
				if c < '0' || c > '9' {
					return -1
				}
				n = n*10 + int(c-'0')
			}
			return n
		}
		year, month, day, hour, minute, second, micro := n(0, 4), n(5, 7), n(8, 10), n(11, 13), n(14, 16), n(17, 19), n(20, 26)
		if text[4] == '-' && text[7] == '-' && text[10] == ' ' && text[13] == ':' && text[16] == ':' && text[19] == '.' &&
			year >= 0 && 1 <= month && month <= 12 && 1 <= day && day <= 28 && 0 <= hour && hour < 24 && 0 <= minute && minute < 60 &&
			0 <= second && second < 60 && micro >= 0 {
			dest.Time = time.Date(year, time.Month(month), day, hour, minute, second, micro*1000, time.UTC)
			return nil
		}
	}
	*dest, err = prefect.ParseStoredTime(string(text))
	return err
}
