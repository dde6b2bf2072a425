package quickjson_test

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"praetor/internal/prefect"
	"praetor/internal/quickjson"
)

// Every answer is what go-json-experiment writes, whatever is in it.
func TestSameAsTheEncoder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, sample := range []any{
		prefect.FlowRun{}, prefect.TaskRun{}, prefect.State{}, prefect.Log{}, prefect.Flow{}, prefect.Deployment{}, prefect.WorkPool{},
		prefect.WorkQueue{}, prefect.Artifact{}, prefect.Variable{}, prefect.BlockDocument{}, prefect.BlockType{}, prefect.BlockSchema{},
		prefect.RunHistory{}, prefect.OrchestrationResult{}, prefect.Event{}, prefect.FlowRunPolicy{}, prefect.TaskRunPolicy{},
		prefect.ConcurrencyLimit{}, prefect.SavedSearch{}, prefect.Worker{}, prefect.DeploymentSchedule{},
	} {
		kind := reflect.TypeOf(sample)
		for range 200 {
			v := reflect.New(reflect.SliceOf(kind))
			fill(random, v.Elem(), 0)
			want, err := json.Marshal(v.Interface(), json.Deterministic(true))
			got, failed := quickjson.Append([]byte("before "), v.Elem().Interface())
			if err != nil {
				require.Error(t, failed)
				continue
			}
			require.NoError(t, failed)
			require.Equal(t, "before "+string(want), string(got), kind.Name())
		}
	}
}

var (
	texts     = []string{"", "plain", `"quoted" \ and <b>&amp;`, "tab\tline\nend\x01", "grüße 日本 😀", "\u2028"}
	documents = []string{`{}`, `{"a": [1, 2.50, -3e7, true, null], "b" : "x: y, z"}`, "[\n  \"a\" ]", `"ü \u00fc \/ \n"`, `12345678901234567890`, `null`, `{"b": 1, "a": 2}`}
)

// fill puts something into v and all below it.
func fill(random *rand.Rand, v reflect.Value, depth int) {
	switch to := v.Addr().Interface().(type) {
	case *uuid.UUID:
		*to = uuid.Must(uuid.NewRandom())
		return
	case *prefect.Time:
		to.Time = time.UnixMicro(random.Int64N(4e15)).UTC()
		if random.IntN(3) == 0 {
			to.Time = to.Truncate(time.Second)
		}
		if random.IntN(4) == 0 {
			to.Time = to.In(time.FixedZone("", 3600*(random.IntN(20)-10)+1800))
		}
		return
	case *prefect.Seconds:
		*to = []prefect.Seconds{0, 1, -2.5, 1e-7, 123456.789, 1e15, 3e22, 0.1 + 0.2}[random.IntN(8)]
		return
	case *jsontext.Value:
		if random.IntN(4) > 0 {
			*to = jsontext.Value(documents[random.IntN(len(documents))])
		}
		return
	case *prefect.Object:
		if random.IntN(4) > 0 {
			*to = prefect.Object(documents[random.IntN(2)])
		}
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if random.IntN(3) > 0 && depth < 6 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(random, v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			// Members of a newer server are an object.
			if f.IsExported() && f.Tag.Get("json") == ",embed" {
				if random.IntN(3) == 0 {
					v.Field(i).SetBytes([]byte(`{"newer": [1, 2]}`))
				}
			} else if f.IsExported() {
				fill(random, v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		for range random.IntN(3) {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			fill(random, v.Index(v.Len()-1), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range random.IntN(4) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(random, key, depth+1)
			fill(random, value, depth+1)
			v.SetMapIndex(key, value)
		}
	case reflect.String:
		v.SetString(texts[random.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Int64, reflect.Int:
		v.SetInt(random.Int64() - random.Int64())
	case reflect.Float64:
		v.SetFloat(random.Float64())
	}
}

func TestDocuments(t *testing.T) {
	for _, document := range append(documents, " [ ] ", "{\"\u00fc\":\"\x7f\"}") {
		want, err := json.Marshal(jsontext.Value(document))
		require.NoError(t, err)
		got, err := quickjson.AppendRaw(nil, []byte(document))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
	for _, wrong := range []string{"", " ", "NaN", `{"a": Infinity}`, `"open`, "\"\x01\"", "\"\xff\""} {
		_, err := quickjson.AppendRaw(nil, []byte(wrong))
		require.Error(t, err, wrong)
	}
}

func BenchmarkFlowRuns(b *testing.B) {
	runs := make([]prefect.FlowRun, 50)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range runs {
		fill(random, reflect.ValueOf(&runs[i]).Elem(), 0)
	}
	b.Run("quickjson", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf, _ = quickjson.Append(buf[:0], runs)
		}
	})
	b.Run("encoder", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = json.Marshal(runs, json.Deterministic(true))
		}
	})
}
