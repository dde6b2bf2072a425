package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"praetor/internal/prefect"
)

// registerTypes teaches a connection the types of this server. What it does not know it finds out by trying, which takes longer
// than to send the value.
func registerTypes(m *pgtype.Map) {
	// JSON goes through the encoder that the rest of the server uses, which keeps raw values as they are.
	marshal := func(v any) ([]byte, error) { return json.Marshal(v) }
	unmarshal := func(data []byte, v any) error { return json.Unmarshal(data, v) }
	m.RegisterType(&pgtype.Type{Name: "json", OID: pgtype.JSONOID, Codec: &pgtype.JSONCodec{Marshal: marshal, Unmarshal: unmarshal}})
	m.RegisterType(&pgtype.Type{Name: "jsonb", OID: pgtype.JSONBOID, Codec: &pgtype.JSONBCodec{Marshal: marshal, Unmarshal: unmarshal}})
	id := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: uuidCodec{}}
	m.RegisterType(id)
	instant := &pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: timeCodec{&pgtype.TimestamptzCodec{}}}
	m.RegisterType(instant)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: arrayCodec{&pgtype.ArrayCodec{ElementType: id}}})
	m.RegisterType(&pgtype.Type{Name: "_timestamptz", OID: pgtype.TimestamptzArrayOID, Codec: arrayCodec{&pgtype.ArrayCodec{ElementType: instant}}})
	for _, oid := range []uint32{pgtype.TextArrayOID, pgtype.Int8ArrayOID, pgtype.IntervalArrayOID} {
		if known, ok := m.TypeForOID(oid); ok {
			m.RegisterType(&pgtype.Type{Name: known.Name, OID: oid, Codec: arrayCodec{known.Codec}})
		}
	}
}

// uuidCodec sends and reads uuid.UUID as it is.
type uuidCodec struct{ pgtype.UUIDCodec }

// PlanEncode implements pgtype.Codec.
func (c uuidCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case uuid.UUID, *uuid.UUID:
			return encodeUUID{}
		}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

type encodeUUID struct{}

// Encode implements pgtype.EncodePlan.
func (encodeUUID) Encode(value any, buf []byte) ([]byte, error) {
	switch v := value.(type) {
	case uuid.UUID:
		return append(buf, v[:]...), nil
	case *uuid.UUID:
		return append(buf, v[:]...), nil // pgx itself sends nil
	}
	return nil, fmt.Errorf("a UUID cannot be made of a %T", value)
}

// PlanScan implements pgtype.Codec.
func (c uuidCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*uuid.UUID); ok && format == pgtype.BinaryFormatCode {
		return scanUUID{}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

type scanUUID struct{}

// Scan implements pgtype.ScanPlan.
func (scanUUID) Scan(src []byte, target any) error {
	if len(src) != 16 {
		return fmt.Errorf("a UUID has 16 bytes, not %d", len(src))
	}
	// PlanScan has looked at the type.
	copy(target.(*uuid.UUID)[:], src)
	return nil
}

// timeCodec sends and reads prefect.Time as it is.
type timeCodec struct{ *pgtype.TimestamptzCodec }

// PlanEncode implements pgtype.Codec.
func (c timeCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if format == pgtype.BinaryFormatCode {
		switch value.(type) {
		case prefect.Time, *prefect.Time:
			return encodeTime{}
		}
	}
	return c.TimestamptzCodec.PlanEncode(m, oid, format, value)
}

// postgresEpoch is the start of the year 2000 in microseconds of Unix time.
const postgresEpoch = 946_684_800_000_000

type encodeTime struct{}

// Encode implements pgtype.EncodePlan.
func (encodeTime) Encode(value any, buf []byte) ([]byte, error) {
	switch v := value.(type) {
	case prefect.Time:
		return appendTime(buf, v), nil
	case *prefect.Time:
		return appendTime(buf, *v), nil // pgx itself sends nil
	}
	return nil, fmt.Errorf("a time cannot be made of a %T", value)
}

func appendTime(buf []byte, t prefect.Time) []byte {
	return binary.BigEndian.AppendUint64(buf, uint64(t.UnixMicro()-postgresEpoch)) //nolint:gosec // the sign is in its bits
}

// PlanScan implements pgtype.Codec.
func (c timeCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*prefect.Time); ok && format == pgtype.BinaryFormatCode {
		return scanTime{}
	}
	return c.TimestamptzCodec.PlanScan(m, oid, format, target)
}

type scanTime struct{}

// Scan implements pgtype.ScanPlan.
func (scanTime) Scan(src []byte, target any) error {
	if len(src) != 8 {
		return fmt.Errorf("a time has 8 bytes, not %d", len(src))
	}
	since := int64(binary.BigEndian.Uint64(src)) //nolint:gosec // the sign is in its bits
	if since == -1<<63 || since == 1<<63-1 {
		return fmt.Errorf("an infinite time cannot be read")
	}
	// PlanScan has looked at the type.
	target.(*prefect.Time).Time = time.UnixMicro(since + postgresEpoch).UTC()
	return nil
}

// arrayCodec also sends arrays that are encoded already.
type arrayCodec struct{ pgtype.Codec }

// PlanEncode implements pgtype.Codec.
func (c arrayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(*columnArray); ok && format == pgtype.BinaryFormatCode {
		return encodeColumn{}
	}
	return c.Codec.PlanEncode(m, oid, format, value)
}

type encodeColumn struct{}

// Encode implements pgtype.EncodePlan.
func (encodeColumn) Encode(value any, buf []byte) ([]byte, error) {
	a, ok := value.(*columnArray)
	if !ok {
		return nil, fmt.Errorf("a column cannot be made of a %T", value)
	}
	return a.appendTo(buf), nil
}
