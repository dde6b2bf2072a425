package wire

import (
	"bufio"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
)

// scalar is a value and what the reference makes of it; see testdata/record.py.
type scalar struct {
	Type    string         `json:"type"`
	JSON    string         `json:"json"`
	Value   *string        `json:"value"`
	Problem string         `json:"problem"`
	Msg     string         `json:"msg"`
	Ctx     jsontext.Value `json:"ctx"`
}

func recorded[T any](t testing.TB, name string) []T {
	t.Helper()
	file, err := os.Open("testdata/" + name)
	require.NoError(t, err)
	defer file.Close()
	var all []T
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var one T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &one, json.RejectUnknownMembers(false)))
		all = append(all, one)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, all)
	return all
}

// decodeScalar reads one value of a kind; the value comes back as Python writes it.
func decodeScalar(kind, text string) (string, []Problem) {
	var in struct {
		Int      int64        `json:"int"`
		Float    float64      `json:"float"`
		Bool     bool         `json:"bool"`
		Str      string       `json:"str"`
		UUID     uuid.UUID    `json:"uuid"`
		Time     prefect.Time `json:"time"`
		Datetime prefect.Time `json:"datetime" wire:"datetime"`
	}
	plan := planOf(reflect.TypeOf(in))
	c := &call{}
	plan.model(c, jsontext.Value(`{"`+kind+`":`+text+`}`), reflect.ValueOf(&in).Elem())
	written := map[string]func() string{
		"int": func() string { return strconv.FormatInt(in.Int, 10) }, "float": func() string { return strconv.FormatFloat(in.Float, 'g', -1, 64) },
		"bool": func() string { return strconv.FormatBool(in.Bool) }, "str": func() string { return in.Str },
		"uuid": func() string { return in.UUID.String() }, "time": func() string { return pythonTime(in.Time.Time) },
		"datetime": func() string { return pythonTime(in.Datetime.Time) },
	}[kind]
	return written(), c.problems
}

func pythonTime(t time.Time) string {
	layout := "2006-01-02T15:04:05.000000Z07:00"
	if t.Nanosecond() == 0 {
		layout = "2006-01-02T15:04:05Z07:00"
	}
	return t.UTC().Format(layout)
}

// otherwise tells what is right about an answer that is not the reference's.
func otherwise(s scalar, problems []Problem) string {
	one := func(kind string) bool { return len(problems) == 1 && problems[0].Type == kind }
	switch {
	case s.Type == "int" && one("int_parsing_size"):
		return "no database keeps it"
	case s.Type == "float" && one("finite_number"):
		return "JSON cannot say it"
	case s.Type == "float" && one("float_parsing") && strings.ContainsAny(s.JSON, "_n"):
		return "a slip of the reference's parser: no number is written so"
	case s.Type == "time" && one("value_error") && strings.Contains(s.JSON, "/"):
		return "an interval is no time either way, and no client looks at how that is said"
	case s.JSON == `"-0.0000005"`:
		return "half a microsecond, rounded"
	}
	return ""
}

func sameJSON(a, b jsontext.Value) bool {
	compact := func(v jsontext.Value) string {
		v = v.Clone()
		if v != nil && v.Canonicalize() != nil {
			return "no JSON"
		}
		return string(v)
	}
	return compact(a) == compact(b)
}

func TestScalarsAreReadAsByTheReference(t *testing.T) {
	for _, s := range recorded[scalar](t, "scalars.jsonl") {
		got, problems := decodeScalar(s.Type, s.JSON)
		if otherwise(s, problems) != "" {
			continue
		}
		if s.Value == nil {
			if len(problems) != 1 || problems[0].Type != s.Problem || problems[0].Msg != s.Msg || !sameJSON(problems[0].Ctx, s.Ctx) {
				t.Errorf("%s %s: want %s %q %s, got %q %v", s.Type, s.JSON, s.Problem, s.Msg, s.Ctx, got, problems)
			}
			continue
		}
		want := *s.Value
		if strings.Contains(want, "0001-01-01T00:00:00+02:00") || strings.Contains(want, "9999-12-31T23:59:59-02:00") {
			// In UTC these are in years that no database has.
			require.Equal(t, s.Type == "time", len(problems) == 1)
			continue
		}
		switch s.Type {
		case "float":
			f, err := strconv.ParseFloat(want, 64)
			require.NoError(t, err)
			want = strconv.FormatFloat(f, 'g', -1, 64)
		case "time", "datetime":
			want = strings.Replace(want, " ", "T", 1)
			at, err := time.Parse(time.RFC3339Nano, want)
			require.NoError(t, err)
			want = pythonTime(at)
		}
		if len(problems) > 0 || got != want {
			t.Errorf("%s %s: want %q, got %q %v", s.Type, s.JSON, want, got, problems)
		}
	}
}
