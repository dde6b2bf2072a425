package store

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"praetor/internal/prefect"
	"praetor/internal/store/sqlb"
)

// timeLayout is the text that SQLAlchemy writes in DATETIME columns. It is always UTC and always as long, so text order
// is time order.
const timeLayout = "2006-01-02 15:04:05.000000"

// sqliteArgs turns domain values into what SQLite stores, in the very form in which the reference stores them.
func sqliteArgs(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := sqliteArg(a)
		if err != nil {
			return nil, err
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
}

func sqliteArg(a any) (driver.Value, error) {
	switch v := a.(type) {
	case nil, string, int64, float64:
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case uuid.UUID:
		return v.String(), nil
	case prefect.Time:
		return v.UTC().Format(timeLayout), nil
	case prefect.Seconds:
		// SQLAlchemy keeps an interval as the epoch plus its length.
		return time.Unix(0, 0).UTC().Add(v.Duration()).Format(timeLayout), nil
	case jsontext.Value:
		return pythonText(rawText(v)), nil
	case prefect.Object:
		return pythonText(objectText(v)), nil
	case JSON:
		text, err := v.text()
		return pythonText(text), err
	case sqlb.JSONList:
		text, err := json.Marshal(v.Values)
		return string(text), err
	case JSONText:
		return v.text()
	case sqlb.List:
		text, err := json.Marshal(v.Values)
		return string(text), err
	case []byte:
		return v, nil
	}
	rv := reflect.ValueOf(a)
	switch rv.Kind() {
	case reflect.Pointer:
		if rv.IsNil() {
			return nil, nil
		}
		return sqliteArg(rv.Elem().Interface())
	case reflect.String:
		return rv.String(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return rv.Int(), nil
	}
	return nil, fmt.Errorf("SQLite cannot take a %T", a)
}

func pythonText(text any) driver.Value {
	if s, ok := text.(string); ok {
		return pythonJSON(s)
	}
	return nil
}

// sqliteRow reads the values of one row.
type sqliteRow struct{ values []driver.Value }

// Scan implements Row.
func (r *sqliteRow) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("the row has %d columns, not %d", len(r.values), len(dest))
	}
	for i, d := range dest {
		if err := scanValue(d, r.values[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func scanValue(dest any, src driver.Value) error {
	switch d := dest.(type) {
	case *string:
		*d = asText(src)
		return nil
	case **string:
		*d = nil
		if src != nil {
			s := asText(src)
			*d = &s
		}
		return nil
	case *uuid.UUID:
		var err error
		*d, err = uuid.Parse(asText(src))
		return err
	case **uuid.UUID:
		*d = nil
		if src == nil {
			return nil
		}
		id, err := uuid.Parse(asText(src))
		*d = &id
		return err
	case *prefect.Time:
		return d.Scan(src)
	case **prefect.Time:
		*d = nil
		if src == nil {
			return nil
		}
		*d = new(prefect.Time)
		return (*d).Scan(src)
	case *prefect.Seconds:
		return scanSeconds(d, src)
	case *int64:
		n, err := asInt(src)
		*d = n
		return err
	case **int64:
		*d = nil
		if src == nil {
			return nil
		}
		n, err := asInt(src)
		*d = &n
		return err
	case *int:
		n, err := asInt(src)
		*d = int(n)
		return err
	case *bool:
		n, err := asInt(src)
		*d = n != 0
		return err
	case *float64:
		return scanFloat(d, src)
	case **float64:
		*d = nil
		if src == nil {
			return nil
		}
		*d = new(float64)
		return scanFloat(*d, src)
	case *[]byte:
		*d = nil
		if src != nil {
			*d = []byte(asText(src))
		}
		return nil
	case *jsontext.Value:
		*d = nil
		if src != nil {
			*d = jsontext.Value(asText(src))
		}
		return nil
	case *prefect.Object:
		*d = nil
		if src != nil {
			*d = prefect.Object(asText(src))
		}
		return nil
	}
	return scanOther(dest, src)
}

// scanOther reads named strings, pointers to them, and JSON documents.
func scanOther(dest any, src driver.Value) error {
	rv := reflect.ValueOf(dest).Elem()
	if src == nil {
		rv.SetZero()
		return nil
	}
	switch {
	case rv.Kind() == reflect.String:
		rv.SetString(asText(src))
		return nil
	case rv.Kind() == reflect.Pointer && rv.Type().Elem().Kind() == reflect.String:
		p := reflect.New(rv.Type().Elem())
		p.Elem().SetString(asText(src))
		rv.Set(p)
		return nil
	}
	return json.Unmarshal([]byte(asText(src)), dest)
}

func asText(src driver.Value) string {
	switch v := src.(type) {
	case string:
		return v
	case []byte:
		return string(bytes.Clone(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.UTC().Format(timeLayout)
	}
	return ""
}

func asInt(src driver.Value) (int64, error) {
	switch v := src.(type) {
	case int64:
		return v, nil
	case bool:
		if v {
			return 1, nil
		}
		return 0, nil
	case float64:
		return int64(v), nil
	case string:
		return strconv.ParseInt(v, 10, 64)
	}
	return 0, fmt.Errorf("a whole number cannot be read from %T", src)
}

func scanFloat(dest *float64, src driver.Value) error {
	switch v := src.(type) {
	case float64:
		*dest = v
	case int64:
		*dest = float64(v)
	default:
		return fmt.Errorf("a number cannot be read from %T", src)
	}
	return nil
}

// scanSeconds reads an interval: the epoch plus the length, as SQLAlchemy keeps it, or a plain number from arithmetic.
func scanSeconds(dest *prefect.Seconds, src driver.Value) error {
	switch v := src.(type) {
	case nil:
		*dest = 0
		return nil
	case float64:
		*dest = prefect.Seconds(v)
		return nil
	case int64:
		*dest = prefect.Seconds(v)
		return nil
	}
	var t prefect.Time
	if err := t.Scan(src); err != nil {
		return err
	}
	*dest = prefect.Seconds(float64(t.UnixMicro()) / 1e6)
	return nil
}
