package wire

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"praetor/internal/pythonjson"
)

// document is a text and what Python's parser says of it; see testdata/record.py.
type document struct {
	Text string `json:"text"`
	At   int    `json:"at"`
	Msg  string `json:"msg"`
}

func TestSyntaxIsJudgedAsByPython(t *testing.T) {
	for _, d := range recorded[document](t, "syntax.jsonl") {
		text := bytes.TrimPrefix([]byte(d.Text), []byte("\uFEFF"))
		found := inspect(text)
		if found.surrogate > 0 {
			require.Equal(t, broken, found.verdict, d.Text) // Python takes it, and fails to store it
			continue
		}
		if d.Msg == "" {
			require.Equal(t, fine, found.verdict, d.Text)
			continue
		}
		require.Equal(t, broken, found.verdict, d.Text)
		at, msg := pythonjson.Explain(string(text))
		if at != d.At || msg != d.Msg {
			t.Errorf("%q: want %q at %d, got %q at %d", d.Text, d.Msg, d.At, msg, at)
		}
	}
}

func TestBodiesThatPythonGivesUpOn(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	digits := func(n int) string { return strings.Repeat("1", n) }
	for text, want := range map[string]verdict{
		nested(maxDepth):                  fine,
		nested(maxDepth + 1):              unreadable,
		strings.Repeat("[", 1_000_000):    unreadable,
		strings.Repeat(`{"a":`, 1_000_00): unreadable,
		digits(maxDigits):                 fine,
		"-" + digits(maxDigits):           fine,
		digits(maxDigits + 1):             unreadable,
		digits(maxDigits+1) + ".0":        fine,
		"\"\xff\"":                        unreadable,
		"{\"a\":\"\xed\xa0\x80\"}":        unreadable,
	} {
		require.Equal(t, want, inspect([]byte(text)).verdict, "%.40q", text)
	}
}

func TestHalvesOfSurrogatePairs(t *testing.T) {
	for text, at := range map[string]int{
		`"\ud83d\ude00"`:        0,
		`"a\ud83d"`:             2,
		`"\ude00"`:              1,
		`"\ud83d\ud83d\ude00"`:  1,
		`"\ud83dx"`:             1,
		`{"a":1,"\udc80":"\x"}`: 8,
		`"\\ud83d"`:             0,
		`"\ud83d\\ude00"`:       1,
		`["\u00e9","\uD83D"]`:   11,
	} {
		found := inspect([]byte(text))
		require.Equal(t, at, found.surrogate, text)
		require.Equal(t, at > 0, found.verdict == broken, text)
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	for text, want := range map[string]inspection{
		"1e308":                         {},
		"1e309":                         {infinite: true},
		"-1E+400":                       {infinite: true},
		"1e-400":                        {},
		"[NaN]":                         {infinite: true, words: true},
		"-Infinity":                     {infinite: true, words: true},
		`"NaN"`:                         {},
		`["1e999",1]`:                   {},
		strings.Repeat("9", 310) + ".5": {infinite: true},
	} {
		require.Equal(t, want, inspect([]byte(text)), text)
	}
}

func TestValuesAreKeptAsPythonWouldReadThem(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":2,"a":3}`:                     `{"a":3,"b":2}`,
		`{"a":1,"\u0061":2}`:                      `{"a":2}`,
		`[{"a":{"x":1,"x":[1e999]}}]`:             `[{"a":{"x":[null]}}]`,
		`[NaN, Infinity, -Infinity]`:              `[null,null,null]`,
		`{"NaN":"NaN","x":NaN}`:                   `{"NaN":"NaN","x":null}`,
		`[1.50, 100000000000000000000000000, -0]`: `[1.50, 100000000000000000000000000, -0]`,
		`NaN`:   `null`,
		`1e400`: `null`,
	} {
		found := inspect([]byte(text))
		require.Equal(t, fine, found.verdict)
		got := normalized(jsontext.Value(withoutWords([]byte(text))), found.infinite)
		require.Equal(t, want, string(got), text)
		require.True(t, got.IsValid(), text)
	}
}
