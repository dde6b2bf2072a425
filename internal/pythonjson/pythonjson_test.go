package pythonjson_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"praetor/internal/pythonjson"
)

// The messages are what Python 3.11 says.
func TestMessage(t *testing.T) {
	for text, want := range map[string]string{
		``:                   "Expecting value: line 1 column 1 (char 0)",
		`{`:                  "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
		`{"a" 1}`:            "Expecting ':' delimiter: line 1 column 6 (char 5)",
		`[1 2]`:              "Expecting ',' delimiter: line 1 column 4 (char 3)",
		`1 2`:                "Extra data: line 1 column 3 (char 2)",
		`"a`:                 "Unterminated string starting at: line 1 column 1 (char 0)",
		`"\x"`:               "Invalid \\escape: line 1 column 2 (char 1)",
		`nul`:                "Expecting value: line 1 column 1 (char 0)",
		"[\n  1,\n  \"é\" x": "Expecting ',' delimiter: line 3 column 7 (char 13)",
	} {
		require.Equal(t, want, pythonjson.Message(text), "%s", text)
	}
}
